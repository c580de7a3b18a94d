import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

const url = '/v1/privacy/policies';

interface Answer {
  readonly status: number;
  // What the test looks at, whatever route it came from.
  readonly body: Record<string, never> & { data: Policies; code?: string; errors?: { path: string }[] };
}

interface Policies {
  version: number;
  fields: { rules: object[]; detected: string };
  consent: { rules: Record<string, string>; necessaryEvents: string[] };
  retention: Record<string, number | null>;
}

async function open(t: Test, folder: string) {
  const waymark = await startTestWaymark(folder);
  t.teardown(() => waymark.stop());
  async function call(method: string, path: string, headers: object, body?: unknown): Promise<Answer> {
    const answer = await fetch(waymark.url + path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // A boundary: what the server answers.
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }
  const admin = { authorization: `Bearer ${testAdminToken}` };
  return {
    waymark,
    get: (path = url) => call('GET', path, admin),
    put: (body: unknown) => call('PUT', url, admin, body),
    track: (about: object) =>
      call(
        'POST',
        '/v1/track',
        { 'x-write-key': testWriteKey },
        { event: 'Seen', messageId: randomUUID(), ...about },
      ),
    /** What an officer reads, without what only the server knows. */
    async read() {
      const { version, fields, consent, retention } = (await call('GET', url, admin)).body.data;
      return { version, fields, consent, retention };
    },
  };
}

t.test(
  'a policy holds for the very next message, is kept over a restart and is in the audit trail',
  async (t) => {
    const folder = testFolder(t);
    const first = await open(t, folder);
    const policies = await first.read();
    t.match(policies, { version: 0, retention: { activity: null } });
    t.match((await first.track({ userId: 'ada' })).body, { accepted: 1 });

    const stricter = {
      ...policies,
      fields: { rules: [{ path: 'traits.plan', action: 'drop' }], detected: 'redact' },
      consent: {
        rules: { ...policies.consent.rules, analytics: 'necessary-only' },
        necessaryEvents: ['Order Placed'],
      },
      retention: { activity: 90, help: 30, rejected: 7 },
    };
    const changed = await first.put(stricter);
    t.match(changed, { status: 200, body: { data: { version: 1, changedBy: String }, position: /^\d+$/ } });
    t.match((await first.track({ userId: 'ada' })).body, { accepted: 0, suppressed: 1 });
    const necessary = await first.track({
      userId: 'ada',
      event: 'Order Placed',
      properties: { note: 'write to ada@example.org' },
      context: { traits: { plan: 'pro', tier: 'gold' } },
    });
    t.match(necessary.body, { accepted: 1 });
    const journey = await first.get(
      `/v1/profiles/ada/journey?type=ActionTracked&waitFor=${necessary.body.position}`,
    );
    const text = JSON.stringify(journey.body);
    t.match(text, 'write to [email]', 'found values are redacted');
    t.match(text, 'gold');
    t.notMatch(text, 'pro"', 'the field that is to be dropped is not there');
    const audited = await first.get(
      `/v1/audit/entries?type=privacy-policies-changed.v1&waitFor=${changed.body.position}`,
    );
    t.match(audited.body, { data: [{ actor: { role: 'privacy-officer' }, stream: 'privacy-policies' }] });

    await first.waymark.stop();
    const second = await open(t, folder);
    t.strictSame(await second.read(), { ...stricter, version: 1 });
    t.match((await second.track({ userId: 'ada' })).body, { suppressed: 1 }, 'from the first message on');
  },
);

t.test('the same again changes nothing; what others changed meanwhile is not overwritten', async (t) => {
  const { put, read } = await open(t, testFolder(t));
  const policies = await read();
  t.match(await put(policies), { status: 200, body: { data: { version: 0 }, position: null } });
  const longer = { ...policies, retention: { ...policies.retention, activity: 400 } };
  t.match(await put(longer), { status: 200, body: { data: { version: 1 } } });
  t.match(await put(longer), { status: 200, body: { data: { version: 1 } } });
  const other = { ...policies, retention: { ...policies.retention, activity: 7 } };
  t.match(await put(other), { status: 409, body: { code: 'conflict' } });
  t.match((await read()).retention, { activity: 400 });
});

t.test('two officers at once: one change stands, the other is told', async (t) => {
  const { put, read } = await open(t, testFolder(t));
  const policies = await read();
  const answers = await Promise.all(
    [10, 20, 30].map((activity) => put({ ...policies, retention: { ...policies.retention, activity } })),
  );
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 409, 409]);
  t.match(await read(), { version: 1 });
});

t.test('what is no policy is refused with what is wrong with it', async (t) => {
  const { put, read } = await open(t, testFolder(t));
  const good = await read();
  const faulty: [string, unknown, string][] = [
    ['nothing', {}, 'version'],
    ['no object', [], ''],
    ['too short a period', { ...good, retention: { ...good.retention, activity: 1 } }, 'retention.activity'],
    ['an unknown category', { ...good, retention: { ...good.retention, all: 9 } }, 'all'],
    ['an unknown rule', { ...good, consent: { ...good.consent, rules: {} } }, 'consent.rules.analytics'],
    [
      'an identity in the clear',
      { ...good, fields: { ...good.fields, rules: [{ path: 'identity', action: 'keep' }] } },
      'fields.rules.0',
    ],
    [
      'a personal value in a path',
      { ...good, fields: { ...good.fields, rules: [{ path: 'traits.ada@example.org', action: 'drop' }] } },
      'fields.rules.0.path',
    ],
    [
      'a personal value in a name',
      { ...good, consent: { ...good.consent, necessaryEvents: ['mail to ada@example.org'] } },
      'consent.necessaryEvents.0',
    ],
  ];
  for (const [what, body, path] of faulty) {
    const { status, body: answer } = await put(body);
    t.equal(status, 400, what);
    t.equal(answer.code, 'invalid-parameter', what);
    t.ok(
      answer.errors?.some((error) => error.path === path),
      `${what}: ${JSON.stringify(answer.errors)}`,
    );
    t.notMatch(JSON.stringify(answer), 'ada@', 'the value is not repeated');
  }
  t.strictSame(await read(), good);
});
