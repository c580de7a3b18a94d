import t from 'tap';
import type { DecisionDocument } from '../../../src/projections/decisions/document.js';
import { readEffects } from '../../../src/queries/effects.js';
import { memoryReader } from '../../../src/queries/memoryReader.js';

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
