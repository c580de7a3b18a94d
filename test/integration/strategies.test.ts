import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startWaymark } from '../../src/composition/waymark.js';
import { createLogger } from '../../src/http/logger.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { testConfiguration } from '../support/waymark.js';

const nudge = {
  version: 0,
  name: 'Nudge',
  trigger: { kind: 'struggle', on: 'detected', features: ['export'] },
  goal: { kind: 'struggle-resolved' },
  channels: ['in_app', 'email'],
  priority: 80,
  content: { brief: 'Help with the export.' },
};

async function open(t: Test, folder: string, strategiesFile?: string) {
  const waymark = await startWaymark(
    { ...testConfiguration(folder), strategiesFile },
    createLogger('silent'),
  );
  let stopped = false;
  const stop = async () => {
    if (!stopped) await waymark.stop();
    stopped = true;
  };
  t.teardown(stop);
  async function call(method: string, path: string, body?: object, key = testAdminToken) {
    const answer = await fetch(waymark.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  }
  return {
    waymark,
    stop,
    call,
    async track(...events: object[]) {
      const batch = events.map((event) => ({ type: 'track', userId: 'ada', ...event }));
      const { body } = await call('POST', '/v1/batch', { batch }, testWriteKey);
      t.match(body, { accepted: events.length });
    },
    /** Once there are as many. */
    async decisions(count: number, userId = 'ada') {
      const read = () => call('GET', `/v1/profiles/${userId}/decisions`);
      await until(async () => (await read()).body.data?.length === count, `there are ${count} decisions`);
      return (await read()).body.data;
    },
  };
}

const attempt = { event: 'Task Attempted', properties: { feature: 'export' } };

t.test('a strategy is defined, changed and retired by API, and stands after a restart', async (t) => {
  const folder = testFolder(t);
  const { call, stop } = await open(t, folder);
  t.match((await call('GET', '/v1/strategies')).body.data, [
    { id: 'escalated-help', version: 0, changedAt: null },
    { id: 'first-help', version: 0, changedAt: null },
  ]);
  const made = await call('PUT', '/v1/strategies/nudge', nudge);
  t.match(made, { status: 200, body: { data: { version: 1, enabled: true, holdout: 0 }, position: /^\d/ } });
  t.match(await call('PUT', '/v1/strategies/nudge', nudge), { status: 200, body: { data: { version: 1 } } });
  t.match(await call('PUT', '/v1/strategies/nudge', { ...nudge, priority: 1 }), {
    status: 409,
    body: { code: 'conflict' },
  });
  t.match(await call('PUT', '/v1/strategies/nudge', { ...nudge, version: 1, holdout: 0.7 }), {
    status: 400,
    body: { code: 'invalid-parameter', errors: [{ path: 'holdout', code: 'range' }] },
  });
  t.match(await call('PUT', '/v1/strategies/nudge', { ...nudge, version: 1, wrong: true }), { status: 400 });
  t.match(await call('DELETE', '/v1/strategies/first-help?version=0'), { status: 200 });
  await stop();
  const again = await open(t, folder);
  const { data } = (await again.call('GET', '/v1/strategies')).body;
  t.strictSame(
    data.map(({ id, version }: { id: string; version: number }) => `${id} ${version}`),
    ['escalated-help 0', 'nudge 1'],
  );
  t.match(await again.call('GET', '/v1/strategies/first-help'), { status: 404 });
});

t.test('why somebody got one message and not another is told in words', async (t) => {
  const { call, track, decisions } = await open(t, testFolder(t));
  await call('PUT', '/v1/strategies/nudge', nudge);
  await track(attempt, attempt);
  const [decision] = await decisions(1);
  t.match(decision, {
    ...{ userId: 'ada', trigger: 'struggle', strategy: 'nudge', outcome: 'proposed', arm: 'treated' },
    reason:
      'A struggle (repeated attempts, severity low) with export was detected, and the strategy nudge had help for it.',
    chosen: { strategyId: 'nudge', channels: ['in_app'], notBefore: null },
    candidates: [
      {
        ...{
          strategyId: 'nudge',
          outcome: 'chosen',
          why: 'Nothing spoke against it. It goes over in the app.',
        },
        channels: [
          { channel: 'in_app', allowed: true },
          { channel: 'email', allowed: false, reasons: [{ code: 'no-provider' }] },
        ],
      },
      { strategyId: 'first-help', outcome: 'outranked', why: 'Another strategy was chosen: nudge.' },
    ],
    interventionId: `${decision.id}.nudge`,
  });
  const failed = { event: 'Error Shown', properties: { feature: 'export', errorCode: 'E1' } };
  await track(failed, failed, failed);
  const [second] = await decisions(2);
  t.match(second, { outcome: 'declined', reasonCode: 'cooldown', chosen: null, interventionId: null });
  t.match(
    second.reason,
    /^nudge: The person was offered help with this a short while ago, .* before; .*first-help: /,
  );
});

t.test('the policy holds for the next decision', async (t) => {
  const { call, track, decisions } = await open(t, testFolder(t));
  const { changedAt, changedBy, ...policy } = (await call('GET', '/v1/help/policy')).body.data;
  t.match(
    { changedAt, changedBy, version: policy.version },
    { changedAt: null, changedBy: null, version: 0 },
  );
  t.match(await call('PUT', '/v1/help/policy', { ...policy, enabled: false }), {
    status: 200,
    body: { data: { version: 1, enabled: false } },
  });
  t.match(await call('PUT', '/v1/help/policy', policy), { status: 409 });
  const unknownPrompt = { ...policy.models, prompts: { writeHelp: 99 } };
  t.match(await call('PUT', '/v1/help/policy', { ...policy, version: 1, models: unknownPrompt }), {
    status: 400,
    body: { errors: [{ path: 'models.prompts.writeHelp', code: 'unknown-version' }] },
  });
  const firstPrompt = { ...policy, enabled: false, models: { ...policy.models, prompts: { writeHelp: 1 } } };
  t.match(await call('PUT', '/v1/help/policy', { ...firstPrompt, version: 1 }), {
    status: 200,
    body: { data: { version: 2, models: { prompts: { writeHelp: 1 } } } },
  });
  const nowhere = { ...policy.quietHours, timeZone: 'Middle/Earth' };
  t.match(await call('PUT', '/v1/help/policy', { ...policy, version: 2, quietHours: nowhere }), {
    status: 400,
    body: { errors: [{ path: 'quietHours.timeZone' }] },
  });
  await track(attempt, attempt);
  t.match(await decisions(1), [
    { reasonCode: 'disabled', reason: 'Help is switched off.', policyVersion: 2 },
  ]);
});

t.test('a strategy is tried out on a person and a moment, and nothing changes', async (t) => {
  const { call, track, decisions, waymark } = await open(t, testFolder(t));
  await call('PUT', '/v1/strategies/nudge', { ...nudge, enabled: false });
  await track(attempt, attempt);
  await decisions(1);
  const before = await waymark.stores.eventStore.head();
  const test = async (body: object) =>
    (await call('POST', '/v1/strategies/nudge/test', { userId: 'ada', ...body })).body.data;
  const happening = { kind: 'struggle', featureId: 'export' };
  const rules = (tested: { rules: { rule: string; holds: boolean | null }[] }) =>
    Object.fromEntries(tested.rules.map(({ rule, holds }) => [rule, holds]));
  const now = await test({});
  t.match(now, { enabled: false, chosen: null, would: /^Nothing\. The person was offered help with this/ });
  t.match(rules(now), { trigger: true, conditions: true, cooldown: false, channels: true, holdout: null });
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString();
  const later = await test({ at: inTwoDays, happening });
  t.match(later, {
    would: 'A message would go out at once, in the app.',
    chosen: { strategyId: 'nudge' },
    arm: 'treated',
  });
  t.match(rules(later), { trigger: true, cooldown: true, priority: true, holdout: true });
  const elsewhere = await test({ at: inTwoDays, happening: { ...happening, featureId: 'upload' } });
  t.match(rules(elsewhere), { trigger: false });
  t.match(elsewhere.would, 'The strategy first-help would help instead.');
  t.match(await call('POST', '/v1/strategies/unheard-of/test', { userId: 'ada' }), { status: 404 });
  await waymark.application.processors.caughtUp();
  const decided = (await decisions(1)).length;
  t.equal(decided, 1);
  const types: string[] = [];
  const { events } = await waymark.stores.eventStore.readAll({ from: before ?? 'start', maxCount: 100 });
  for (const { type } of events) types.push(type);
  t.notOk(
    types.some((type) => !type.startsWith('personal-data-')),
    'only that somebody looked is recorded',
  );
});

t.test('help is asked for by API, once a request', async (t) => {
  const { call, track, decisions } = await open(t, testFolder(t));
  const onRequest = { ...nudge, trigger: { kind: 'request' }, goal: { kind: 'return' }, holdout: 0 };
  await call('PUT', '/v1/strategies/welcome', onRequest);
  await track({ event: 'Signed Up' });
  const ask = (body: object) =>
    call('POST', '/v1/interventions', { userId: 'ada', strategyId: 'welcome', ...body });
  const first = await ask({ requestId: 'order-7' });
  t.match(first, {
    status: 200,
    body: { data: { decisionId: 'request-order-7.welcome', outcome: 'proposed', arm: 'treated' } },
  });
  t.strictSame((await ask({ requestId: 'order-7' })).body, first.body);
  const second = await ask({ requestId: 'order-8' });
  t.match(second.body, { data: { outcome: 'declined', interventionId: null } });
  const [latest] = await decisions(2);
  t.match(latest, { trigger: 'request', reasonCode: 'cooldown' });
  await track({ event: 'Signed Up', userId: 'grace' });
  t.match(await ask({ userId: 'grace', requestId: 'order-7' }), { status: 409 });
  t.match(await ask({ userId: 'nobody' }), { status: 404 });
  t.match(await ask({ strategyId: 'first-help' }), { status: 409, body: { detail: /waits for a struggle/ } });
  t.match(await ask({ strategyId: 'unheard-of' }), { status: 404 });
  t.match(await ask({ requestId: 'ada@example.org' }), { status: 400 });
});

t.test('strategies of a file stand from the start, and are applied once', async (t) => {
  const folder = testFolder(t, { data: {} });
  const file = join(folder, 'strategies.json');
  const { version: _, ...definition } = nudge;
  await writeFile(file, JSON.stringify({ strategies: { nudge: definition } }));
  const first = await open(t, join(folder, 'data'), file);
  t.match((await first.call('GET', '/v1/strategies/nudge')).body, {
    data: { version: 1, changedBy: 'configuration' },
  });
  await first.stop();
  const second = await open(t, join(folder, 'data'), file);
  t.match((await second.call('GET', '/v1/strategies/nudge')).body, { data: { version: 1 } });
  await second.stop();
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['{', /strategies\.json is not JSON$/],
    ['{"strategies": {"a": {"name": "A"}}}', /strategies\.json is not valid: strategies\.a\.trigger: /],
    [
      JSON.stringify({ strategies: { other: definition, nudge: { ...definition, holdout: 2 } } }),
      /strategies\.json is not valid: strategies\.nudge\.holdout: must be from 0 to 0\.5$/,
    ],
  ];
  for (const [text, message] of wrong) {
    await writeFile(file, text);
    await t.rejects(open(t, join(folder, 'data'), file), { name: 'ConfigurationError', message });
  }
  await t.rejects(open(t, join(folder, 'data'), join(folder, 'none.json')), {
    message: /none\.json cannot be read$/,
  });
  const third = await open(t, join(folder, 'data'));
  t.match(
    await third.call('GET', '/v1/strategies/other'),
    { status: 404 },
    'nothing of a wrong file was applied',
  );
});
