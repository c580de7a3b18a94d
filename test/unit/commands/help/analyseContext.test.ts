import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createAnalyseContext } from '../../../../src/commands/help/analyseContext.js';
import { ModelBudget } from '../../../../src/commands/help/modelBudget.js';
import { ModelSlots } from '../../../../src/commands/help/modelSlots.js';
import { GenerationFailed, type GenerationTurn } from '../../../../src/commands/textGenerator.js';
import { defaultHelpPolicy } from '../../../../src/domain/helpPolicy/policy.js';
import { openEmbeddedEventStore } from '../../../../src/eventStore/embedded/embeddedEventStore.js';
import { openEmbeddedSharedState } from '../../../../src/integrations/embedded/embeddedSharedState.js';
import { turnsThatFallBack } from '../../../../src/sharedState/fallBack.js';
import { type SharedState, SharedStateUnavailable } from '../../../../src/sharedState/sharedState.js';
import { plainSealing } from '../../../support/plainSealing.js';
import { testFolder } from '../../../support/testFolder.js';
import { until } from '../../../support/until.js';
import { allEvents } from '../../../support/writeSide.js';

const findings = {
  intent: { summary: 'Wants to export.', confidence: 0.7 },
  engagement: { level: 'medium', trend: 'falling', summary: 'Comes less often.' },
  riskFactors: [],
  personalisation: {
    ...{ interactionStyle: 'guided', contentComplexity: 'simple', tone: 'gentle' },
    advice: 'Say one thing at a time.',
  },
  nextBestActions: [],
};
const answer: GenerationTurn = {
  ...{ text: '', stop: 'tools', usage: { inputTokens: 10, outputTokens: 5 } },
  toolCalls: [{ id: '1', name: 'report_analysis', input: findings }],
};
const person = { tenantId: 'acme', subject: 'ada', journeyVersion: 3 };

/** One installation. `instance` is one of those that serve it. */
async function openInstallation(
  t: Test,
  {
    generate,
    shared = openEmbeddedSharedState(),
    spent = 0,
  }: {
    generate: () => Promise<GenerationTurn>;
    shared?: SharedState;
    spent?: number;
  },
) {
  const eventStore = await openEmbeddedEventStore({ folder: join(testFolder(t), 'events'), clock: Date.now });
  t.teardown(() => eventStore.close());
  const state = { calls: 0, turns: 0 };
  const takeTurn = turnsThatFallBack(shared);
  const policy = { ...defaultHelpPolicy, budget: { perDay: { tokens: 10_000, microUsd: null } } };
  const instance = () =>
    createAnalyseContext({
      streams: { eventStore, now: Date.now, newId: randomUUID },
      journeys: { beside: (_tenant, _subject, work) => work() },
      sealing: plainSealing,
      models: [
        {
          ...{ provider: 'openai', model: 'small', price: null, isReady: () => true },
          generate() {
            state.calls += 1;
            return generate();
          },
        },
      ],
      slots: new ModelSlots(4, 4),
      budget: new ModelBudget(async () => ({ tokens: spent, microUsd: 0 }), Date.now),
      now: Date.now,
      async takeTurn(_tenantId, subject, duration) {
        const end = await takeTurn(subject, duration);
        state.turns += 1;
        return end;
      },
      policyOf: () => policy,
      mayPersonalise: async () => ({ allowed: true, consentEventId: null }),
      situationOf: async () => ({
        reader: { languages: [], complexity: 'simple', ageGroup: null, name: null, personal: async () => [] },
        situation: { profile: { sessions: 3 } },
      }),
      onError: (error) => t.fail(`${error}`),
    });
  return { instance, state, events: async () => (await allEvents(eventStore)).map(({ event }) => event) };
}

t.test(
  'of two instances that are asked at the same time one asks a model, the other takes its result',
  async (t) => {
    let release: (turn: GenerationTurn) => void = () => undefined;
    const held = new Promise<GenerationTurn>((resolve) => (release = resolve));
    const { instance, state, events } = await openInstallation(t, { generate: () => held });
    const first = instance()(person);
    await until(() => state.calls === 1, 'the first asks');
    const second = instance()(person);
    await until(() => state.turns === 2, 'the second has seen that somebody asks');
    release(answer);
    const [one, other] = await Promise.all([first, second]);
    t.match(one, { reason: null, analysed: { findings } });
    t.strictSame(other, one);
    t.equal(state.calls, 1);
    t.equal((await events()).length, 1);
  },
);

t.test(
  'what the first did not get is not asked again by the second, and nobody waits for what was not tried',
  async (t) => {
    await t.test('a failure', async (t) => {
      const { instance, state } = await openInstallation(t, {
        generate: () => Promise.reject(new GenerationFailed('request-refused')),
      });
      const both = await Promise.all([instance()(person), instance()(person)]);
      t.strictSame(
        both.map(({ reason }) => reason),
        ['request-refused', 'request-refused'],
      );
      t.equal(state.calls, 1);
    });
    await t.test('a spent budget', async (t) => {
      const { instance, state } = await openInstallation(t, { generate: async () => answer, spent: 10_000 });
      const both = await Promise.all([instance()(person), instance()(person)]);
      t.strictSame(
        both.map(({ reason }) => reason),
        ['budget-spent', 'budget-spent'],
      );
      t.equal(state.calls, 0);
    });
  },
);

t.test('while nobody can say who asks, everybody is answered', async (t) => {
  const away: SharedState = {
    ...openEmbeddedSharedState(),
    acquireLease: () => Promise.reject(new SharedStateUnavailable('away')),
  };
  const { instance } = await openInstallation(t, { generate: async () => answer, shared: away });
  for (const { reason } of await Promise.all([instance()(person), instance()(person)])) t.equal(reason, null);
});
