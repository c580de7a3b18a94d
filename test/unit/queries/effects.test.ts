import t from 'tap';
import type { StrategyDefinition } from '../../../src/domain/strategy/definition.js';
import type { DecisionDocument } from '../../../src/projections/decisions/document.js';
import { readEffects } from '../../../src/queries/effects.js';
import { memoryReader } from '../../../src/queries/memoryReader.js';
import { createPastHelp } from '../../../src/queries/pastHelp.js';

const day = 86_400_000;
const goalWindow = day;
let made = 0;

function decision(arm: 'treated' | 'holdout', more: Partial<DecisionDocument> = {}): DecisionDocument {
  made += 1;
  return {
    ...{ id: `default/d${made}`, tenantId: 'default', decisionId: `d${made}`, subject: `s${made}` },
    ...{ trigger: 'struggle', struggleId: null, featureId: null, signalType: null, severity: null },
    ...{ decidedAt: day, state: 'made', awaited: null, endedBecause: null, candidates: [] },
    chosen: {
      ...{ strategyId: 'nudge', strategyVersion: 1, variant: arm === 'treated' ? 'a' : null },
      ...{ channels: ['in_app'], notBefore: null, expiresAt: 2 * day, arm, goalWindow, consentEventId: null },
      goal: { kind: 'struggle-resolved' },
    },
    ...{ strategyId: 'nudge', policyVersion: 0, help: 'delivered', withheld: null },
    ...{ channel: arm === 'treated' ? 'in_app' : null, author: null, responses: [], outcome: null },
    ...more,
  };
}
const outcome = { goal: 'struggle-resolved', eventId: 'e', after: 5, at: day + 5 } as const;

function effectsOf(documents: readonly DecisionDocument[], groupBy?: 'version' | 'channel' | 'day') {
  const byId = new Map(documents.map((document) => [document.id, document]));
  const view = {
    tenantId: 'default',
    documents: memoryReader(new Map([['decisions', byId]])),
    position: null,
  };
  return readEffects(view, { strategy: 'nudge', from: 0, to: 10 * day, groupBy, now: 1.5 * day });
}

t.test('arms are compared as they were drawn, whatever became of the message', async (t) => {
  const { total, considered } = await effectsOf([
    decision('treated', { outcome }),
    decision('treated', { help: 'failed', channel: null }),
    decision('treated', { responses: ['seen', 'clicked'] }),
    decision('holdout'),
    decision('holdout', { outcome }),
    decision('treated', { tenantId: 'other', id: 'other/d' }),
    decision('treated', { strategyId: 'another' }),
  ]);
  t.equal(considered, 5);
  t.match(total, {
    treated: { count: 3, reached: 1, open: 2 },
    holdout: { count: 2, reached: 1, open: 1, rate: 0.5 },
    ...{ sample: 'small', delivered: 2, responses: { opened: 0, seen: 1, clicked: 1, dismissed: 0 } },
  });
  t.ok((total.lift?.low ?? 0) < -1 / 6 && (total.lift?.high ?? 0) > 0);
});

t.test(
  'what everybody has is compared within, what only the treated have with the whole holdout',
  async (t) => {
    const documents = [
      decision('treated'),
      decision('treated', { decidedAt: 1.2 * day, channel: 'email' }),
      decision('holdout'),
      decision('holdout', { decidedAt: 2.2 * day }),
    ];
    t.match((await effectsOf(documents, 'day')).groups, [
      { group: '1970-01-02', treated: { count: 2 }, holdout: { count: 1 } },
      { group: '1970-01-03', treated: { count: 0 }, holdout: { count: 1 }, lift: null, sample: 'none' },
    ]);
    t.match((await effectsOf(documents, 'channel')).groups, [
      { group: 'email', treated: { count: 1 }, holdout: { count: 2 } },
      { group: 'in_app', treated: { count: 1 }, holdout: { count: 2 } },
    ]);
  },
);

t.test('help that was measured to help, in the version in force, is past help', async (t) => {
  const many = (count: number, each: () => DecisionDocument) => Array.from({ length: count }, each);
  const of = (arm: 'treated' | 'holdout', variant: string, strategyVersion = 2) => {
    const { chosen } = decision(arm);
    return { chosen: chosen && { ...chosen, variant, strategyVersion } };
  };
  const documents = [
    ...many(60, () => decision('treated', { ...of('treated', 'a'), outcome })),
    ...many(60, () => decision('treated', of('treated', 'b'))),
    ...many(60, () => decision('holdout', of('holdout', 'a'))),
    ...many(60, () => decision('treated', { ...of('treated', 'b', 1), outcome })),
  ];
  const content = { brief: 'Show the way to the export.', template: null, tone: null, useModel: true };
  const german = { de: { title: 'Zum Export', body: 'Drücken Sie zuerst auf Speichern.' } };
  const definition = {
    ...{ name: 'Nudge', enabled: true, conditions: {}, goal: { kind: 'return' }, goalWindow, cooldown: 0 },
    ...{ trigger: { kind: 'struggle', features: ['export'], on: 'detected' }, channels: ['in_app'] },
    ...{ priority: 1, holdout: 0.1, expiresAfter: 1, content },
    variants: [
      { id: 'a', weight: 1, content: { templates: german } },
      { id: 'b', weight: 1, content: {} },
    ],
  } as const satisfies StrategyDefinition;
  let reads = 0;
  let now = 1.5 * day;
  const reader = memoryReader(new Map([['decisions', new Map(documents.map((each) => [each.id, each]))]]));
  const pastHelp = createPastHelp({
    documents: {
      ...reader,
      find: (...asked) => {
        reads += 1;
        return reader.find(...asked);
      },
    },
    strategiesOf: () => new Map([['nudge', { version: 2, definition }]]),
    detectLanguage: async () => 'en',
    onError: (error) => t.fail('no errors', { error }),
    now: () => now,
  });
  t.match(await pastHelp('default'), [
    {
      ...{ id: 'nudge.a.de', version: 2, title: 'Zum Export', language: 'de', features: ['export'] },
      ...{ text: /Speichern/, effect: { lift: 1 } },
    },
  ]);
  const readOnce = reads;
  t.equal((await pastHelp('default')).length, 1);
  t.equal(reads, readOnce, 'what was measured stands for a while');
  now += day / 24;
  for (const known of await Promise.all([pastHelp('default'), pastHelp('default')])) t.equal(known.length, 1);
  await pastHelp('default');
  t.equal(reads, 2 * readOnce, 'measured again once, however many ask');
});
