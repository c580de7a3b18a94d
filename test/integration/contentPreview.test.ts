import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { startTestWaymark, testConfiguration } from '../support/waymark.js';

interface Preview {
  readonly text: { readonly language: string; readonly title: string; readonly body: string } | null;
  readonly complexity: string;
  readonly faults: readonly { readonly code: string; readonly detail: string }[];
  readonly templateFaults: readonly { readonly path: string; readonly code: string }[];
}

async function open(t: Test, folder: string) {
  const waymark = await startTestWaymark(folder);
  t.teardown(() => waymark.stop());
  async function send(path: string, headers: object, body?: unknown, method?: 'PUT') {
    const answer = await fetch(waymark.url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // A boundary: what the server answers.
    return { status: answer.status, body: (await answer.json()) as { data: Preview } };
  }
  const by = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    waymark,
    send,
    preview: (body: object, token = testAdminToken) =>
      send('/v1/content/preview', by(token), { channel: 'in_app', ...body }),
    identify: (userId: string, traits: object) =>
      send('/v1/identify', { 'x-write-key': testWriteKey }, { userId, traits, messageId: randomUUID() }),
    read: (path: string) => send(path, by(testAdminToken)),
    put: (path: string, body: unknown) => send(path, by(testAdminToken), body, 'PUT'),
  };
}

const greeting = {
  templates: {
    en: {
      title: 'Hello {{ name | default: "there" }}',
      body: 'We can help {{ where }}, {% if complexity == "simple" %}soon{% else %}whenever it suits you{% endif %}.',
    },
    de: { title: 'Hallo {{ name }}', body: 'Wir helfen {{ where }}.' },
  },
};

t.test('shows how a content reads with samples, by language, channel and complexity', async (t) => {
  const { preview, read } = await open(t, testFolder(t));
  t.match(await preview({ content: greeting, featureId: 'export_report', variables: { name: 'Ada' } }), {
    status: 200,
    body: {
      data: {
        text: {
          language: 'en',
          title: 'Hello Ada',
          body: 'We can help with “export report”, whenever it suits you.',
          author: { kind: 'template', name: 'preview.en' },
        },
        complexity: 'detailed',
        faults: [],
        templateFaults: [],
        readingLevel: null,
        sms: null,
      },
    },
  });
  t.match(
    (await preview({ content: greeting, language: 'de-AT', variables: { name: 'Ada' } })).body.data.text,
    {
      language: 'de',
      title: 'Hallo Ada',
    },
  );
  t.match((await preview({ content: greeting, complexity: 'simple', channel: 'sms' })).body.data, {
    text: { title: 'Hello there', body: 'We can help here, soon.' },
    sms: { encoding: 'gsm-7', segments: 1 },
  });
  t.match((await preview({ signalType: 'repeated_attempts', severity: 'high', language: 'fr' })).body.data, {
    text: { title: 'On regarde cela ensemble\u00a0?', language: 'fr' },
    readingLevel: { formula: 'kandel-moles' },
  });
  const { body } = await read('/v1/audit/entries');
  t.notMatch(JSON.stringify(body), /previewContent/, 'nobody was read about');
});

t.test('says what would keep it from being sent, and what is wrong with a template', async (t) => {
  const { preview } = await open(t, testFolder(t));
  const said = async (title: string, body: string) =>
    (await preview({ content: { templates: { en: { title, body } } } })).body.data;
  t.match((await said('HURRY NOW', 'Visit evil.example/x today.')).faults.map(({ code }) => code).sort(), [
    'link-not-allowed',
    'urgency',
  ]);
  t.match((await said('Hallo', 'Das hier ist ein deutscher Text, obwohl Englisch erwartet wird.')).faults, [
    { code: 'wrong-language' },
  ]);
  t.match(await said('Hello', '{% include "x" %}'), {
    text: { title: 'Can we help?' },
    templateFaults: [{ path: 'content.templates.en.body', code: 'invalid-template' }],
  });
  t.match((await said('Hello {{ email }}', 'Text.')).templateFaults, [{ code: 'unknown-variable' }]);
});

t.test('for a person: their language, wording and name, as far as the reader may see them', async (t) => {
  const folder = testFolder(t);
  const analyst = await (await openAccessKeys(testConfiguration(folder))).create('analyst');
  const { preview, identify, read, waymark } = await open(t, folder);
  await identify('zoe-81724', {
    firstName: 'Zoë',
    lastName: 'Lindqvist',
    email: 'zoe@mail.example',
    language: 'de',
    literacy: 'low',
  });
  await until(() => waymark.application.processors.caughtUp(), 'the profile is there');
  t.match((await preview({ content: greeting, userId: 'zoe-81724' })).body.data, {
    text: { language: 'de', title: 'Hallo Zoë' },
    complexity: 'simple',
    faults: [],
  });
  t.match(
    (
      await preview({
        content: { templates: { en: { title: 'Hello Lindqvist', body: 'Your number is ZOE 81724.' } } },
        language: 'en',
        userId: 'zoe-81724',
      })
    ).body.data.faults,
    [{ code: 'personal-data', detail: 'Leave out personal data (known).' }],
  );
  const { body } = await preview({ content: greeting, language: 'en', userId: 'zoe-81724' }, analyst.secret);
  t.match(body.data.text, { title: 'Hello there' });
  t.notMatch(JSON.stringify(body), /Zo|Lindqvist/);
  t.equal((await preview({ userId: 'nobody' })).status, 404);
  await until(() => waymark.application.processors.caughtUp(), 'the reading is recorded');
  const audited = JSON.stringify((await read('/v1/audit/entries?userId=zoe-81724')).body);
  t.equal(audited.match(/"personal-data-read\.v1"[^}]*/g)?.length, 3, 'each of the three readings');
  t.match(audited, 'previewContent');
});

t.test('refuses what is malformed, and keys that may read nobody', async (t) => {
  const { preview, send } = await open(t, testFolder(t));
  for (const body of [
    { channel: 'fax' },
    { content: { templates: 1 } },
    { more: 1 },
    { signalType: 'boredom' },
    { language: 'x' },
  ]) {
    t.equal((await preview(body)).status, 400, JSON.stringify(body));
  }
  t.equal((await send('/v1/content/preview', { authorization: `Bearer ${testWriteKey}` }, {})).status, 403);
  t.equal((await send('/v1/content/preview', {}, {})).status, 401);
});

t.test('goes by the help policy of the tenant, which is checked when it is stored', async (t) => {
  const { preview, read, put } = await open(t, testFolder(t));
  const shown: { data: { compliance: object; changedAt: null; changedBy: null } } = JSON.parse(
    JSON.stringify((await read('/v1/help/policy')).body),
  );
  const { changedAt, changedBy, ...policy } = shown.data;
  t.strictSame([changedAt, changedBy], [null, null]);
  const stored = (compliance: object) =>
    put('/v1/help/policy', { ...policy, compliance: { ...policy.compliance, ...compliance } });
  t.match(await stored({ allowedLinkHosts: ['https://help.example'] }), {
    status: 400,
    body: { errors: [{ path: 'compliance.allowedLinkHosts.0' }] },
  });
  t.equal((await stored({ bannedPhrases: ['synergy'], allowedLinkHosts: ['help.example'] })).status, 200);
  const content = { templates: { en: { title: 'Hello', body: 'For s-y-n-e-r-g-y see help.example/a.' } } };
  t.match((await preview({ content })).body.data.faults, [{ code: 'banned-phrase' }]);
});

t.test('a strategy with a template that cannot be rendered is not stored', async (t) => {
  const { put } = await open(t, testFolder(t));
  const strategy = {
    ...{
      version: 0,
      name: 'Welcome',
      trigger: { kind: 'request' },
      goal: { kind: 'return' },
      channels: ['in_app'],
    },
  };
  const define = (content: object, variant: object = {}) =>
    put('/v1/strategies/welcome', {
      ...strategy,
      content: { brief: 'Say welcome.', ...content },
      variants: [{ id: 'b', weight: 1, content: variant }],
    });
  const templates = (body: string) => ({ templates: { en: { title: 'Welcome', body } } });
  t.match(await define(templates('{% for a in b %}{% endfor %}')), {
    status: 400,
    body: { errors: [{ path: 'content.templates.en.body', code: 'invalid-template' }] },
  });
  t.match(await define({}, templates('{{ email }}')), {
    status: 400,
    body: { errors: [{ path: 'variants.0.content.templates.en.body', code: 'unknown-variable' }] },
  });
  t.match(await define({ template: 'nothing' }), {
    status: 400,
    body: { errors: [{ path: 'content.template', code: 'unknown-template' }] },
  });
  t.equal((await define(templates('We can help {{ where }}.'), { template: 'general.direct' })).status, 200);
});
