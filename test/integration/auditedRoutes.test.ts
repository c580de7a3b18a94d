import { randomUUID } from 'node:crypto';
import t from 'tap';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { linkTokens } from '../../src/http/help/linkTokens.js';
import { routesOf } from '../support/allRoutes.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark, testConfiguration } from '../support/waymark.js';

t.setTimeout(120_000);

/** Why a route leaves no entry, or none of its own. */
const unaudited: Readonly<Record<string, readonly string[]>> = {
  'is about no person': [
    'GET /docs/',
    'GET /docs/json',
    'GET /docs/static/*',
    'GET /docs/static/index.html',
    'GET /docs/static/swagger-initializer.js',
    'GET /docs/static/theme/page.css',
    'GET /docs/yaml',
    'GET /healthz',
    'GET /metrics',
    'GET /openapi.json',
    'GET /readyz',
    'GET /v1/accounting',
    'GET /v1/audit/head',
    'GET /v1/audit/heads',
    'GET /v1/audit/keys',
    'GET /v1/audit/proofs/consistency',
    'GET /v1/audit/proofs/inclusion',
    'GET /v1/effects',
    'GET /v1/features',
    'GET /v1/features/:featureId',
    'GET /v1/knowledge',
    'GET /v1/knowledge/:id',
    'GET /v1/knowledge/search',
    'GET /v1/help/policy',
    'GET /v1/metrics/:name',
    'GET /v1/privacy/breaches',
    'GET /v1/privacy/breaches/:id',
    'GET /v1/privacy/breaches/:id/drafts',
    'GET /v1/privacy/discovery',
    'GET /v1/privacy/policies',
    'GET /v1/privacy/retention',
    'GET /v1/processors',
    'GET /v1/processors/:name/parked',
    'GET /v1/projects/:key/settings',
    'GET /v1/strategies',
    'GET /v1/strategies/:id',
    'GET /v1/videos',
    'GET /v1/videos/:videoId',
    'POST /v1/processors/:name/parked/:id/retry',
    'POST /v1/processors/:name/rebuild',
  ],
  'takes in what people do themselves': [
    'POST /api/events/track',
    ...['a', 'alias', 'b', 'batch', 'g', 'group', 'i', 'identify', 'p', 'page', 's', 'screen'].map(
      (door) => `POST /v1/${door}`,
    ),
    'POST /v1/t',
    'POST /v1/track',
    ...['alias', 'batch', 'events/track', 'group', 'identify', 'page', 'screen', 'track'].map(
      (door) => `POST /v1/debug/${door}`,
    ),
  ],
  'leads to what a message says, or is signed by a provider, and changes nothing of a person by itself': [
    'GET /v1/c/:token',
    'GET /v1/o/:token',
    'GET /v1/unsubscribe/:token',
    'POST /v1/callbacks/:provider',
  ],
  'is a WebSocket: its reads are tried with the live tests': ['GET /v1/live'],
};

type Field = string | undefined;
interface Entry {
  readonly type: string;
  readonly actor: { readonly keyId: string; readonly role: string } | null;
  readonly action: Field | null;
  readonly purpose: Field | null;
  readonly subjects: readonly string[];
}

/** A call that must leave an entry, with what the entry says beside actor and person. */
interface Call {
  readonly route: string;
  readonly url: string;
  readonly body?: object;
  readonly status?: number;
  /** Default: GET without a body, POST with one. */
  readonly method?: 'PUT' | 'DELETE';
  readonly entry: Partial<Entry>;
  /** Default: that Ann is named. */
  readonly about?: 'nobody';
  /** Default: the officer's. */
  readonly key?: 'write' | 'none';
}

const read = 'personal-data-read.v1';
const handled = 'personal-data-handled.v1';

t.test(
  'whoever reads or changes something about a person stands in the audit trail, by every route',
  async (t) => {
    const folder = testFolder(t);
    const keys = await openAccessKeys(testConfiguration(folder));
    const officer = await keys.create('administrator');
    const { built: waymark, routes } = await routesOf(() => startTestWaymark(folder));
    t.teardown(() => waymark.stop());
    const { processors, subjectOf } = waymark.application;
    const ann = subjectOf('default', 'user', 'ann');

    async function send(url: string, token: string | undefined, body?: object, method?: 'PUT' | 'DELETE') {
      const answer = await fetch(waymark.url + url, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          'x-purpose': 'legal',
          'x-ticket': 'CASE-12',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
      return { status: answer.status, body: isJson ? JSON.parse(text) : undefined, text };
    }
    /** Asks until there is an answer. */
    async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
      const end = Date.now() + 30_000;
      for (;;) {
        const found = await ask();
        if (found !== undefined) return found;
        if (Date.now() > end) throw new Error('waited in vain');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    const failed = { type: 'track', event: 'Task Failed', userId: 'ann', properties: { feature: 'quiz' } };
    const sent = await send('/v1/batch', testWriteKey, {
      batch: [
        { type: 'identify', userId: 'ann', anonymousId: 'v', traits: { email: 'ann@example.com' } },
        { ...failed, messageId: 'm1' },
        { ...failed, messageId: 'm2' },
        { ...failed, messageId: 'm3' },
        { type: 'track', userId: 'ann', properties: { note: 'without a name' } },
      ],
    });
    t.match(sent, { status: 200, body: { accepted: 4, rejected: [{ index: 4 }] } });
    const caughtUp = () => until(async () => ((await processors.caughtUp()) ? true : undefined));
    await caughtUp();
    // As another administrator, so that what the calls below leave is told apart.
    const look = (url: string) => send(url, testAdminToken);
    const message: string = await until(async () => (await look('/v1/profiles/ann/inbox')).body.data[0]?.id);
    const session: string = (await look('/v1/profiles/ann/sessions')).body.data[0].sessionId;
    const quarantined: string = (await look('/v1/quarantine')).body.data[0].id;
    const asked = await send('/v1/privacy/exports', testAdminToken, { userId: 'ann', kind: 'access' });
    const exportId: string = asked.body.data.exportId;
    const link: string = await until(
      async () => (await look(`/v1/privacy/exports/${exportId}`)).body.data.link ?? undefined,
    );
    const request = (id: string, verification = 'required') => ({
      regulation: 'gdpr',
      subject_request_id: id,
      subject_request_type: 'access',
      submitted_time: new Date(Date.now() - 1000).toISOString(),
      subject_identities: [{ identity_type: 'controller_customer_id', identity_value: 'ann' }],
      extensions: { waymark: { identity_verification: verification } },
    });
    const [verified, rejected, cancelled, received] = [
      randomUUID(),
      randomUUID(),
      randomUUID(),
      randomUUID(),
    ];
    for (const id of [verified, rejected, cancelled]) {
      t.equal((await send('/v1/privacy/requests', testAdminToken, request(id))).status, 201);
    }
    const breach = randomUUID();
    const unsubscribe = linkTokens(waymark.application.signerFor('message links')).mint({
      kind: 'unsubscribe',
      tenantId: 'default',
      interventionId: message,
      channel: 'email',
      subject: ann,
      language: 'en',
    });
    const { version, fields, consent, retention } = (await look('/v1/privacy/policies')).body.data;
    const { changedAt, changedBy, ...policy } = (await look('/v1/help/policy')).body.data;
    t.match({ changedAt, changedBy }, { changedAt: null, changedBy: null });

    const reads: Record<string, [operationId: string, url: string]> = {
      'GET /api/events/user/:userId/insights': ['getInsights', '/api/events/user/ann/insights'],
      'GET /v1/audit/entries': ['listAuditEntries', '/v1/audit/entries?userId=ann'],
      'GET /v1/consents': ['getConsentsOfVisitor', '/v1/consents?anonymousId=v'],
      'GET /v1/deliveries': ['listDeliveries', '/v1/deliveries'],
      'GET /v1/interventions': ['listInterventions', '/v1/interventions'],
      'GET /v1/interventions/:id': ['getIntervention', `/v1/interventions/${message}`],
      'GET /v1/privacy/breaches/:id/affected': [
        'listAffectedPersons',
        `/v1/privacy/breaches/${breach}/affected?identities=true`,
      ],
      'GET /v1/privacy/exports/:id': ['readExport', `/v1/privacy/exports/${exportId}`],
      'GET /v1/privacy/requests': ['listPrivacyRequests', '/v1/privacy/requests'],
      'GET /v1/privacy/requests/:id': ['getPrivacyRequest', `/v1/privacy/requests/${verified}`],
      'GET /v1/profiles': ['listProfiles', '/v1/profiles'],
      'GET /v1/profiles/:userId': ['getProfile', '/v1/profiles/ann'],
      'GET /v1/profiles/:userId/consents': ['getConsents', '/v1/profiles/ann/consents'],
      'GET /v1/profiles/:userId/decisions': ['listDecisions', '/v1/profiles/ann/decisions'],
      'GET /v1/profiles/:userId/inbox': ['readInbox', '/v1/profiles/ann/inbox'],
      'GET /v1/profiles/:userId/journey': ['listJourney', '/v1/profiles/ann/journey'],
      'GET /v1/profiles/:userId/risk': ['getRisk', '/v1/profiles/ann/risk'],
      'GET /v1/profiles/:userId/sessions': ['listSessionsOfPerson', '/v1/profiles/ann/sessions'],
      'GET /v1/profiles/:userId/struggles': ['listStrugglesOfPerson', '/v1/profiles/ann/struggles'],
      'GET /v1/profiles/:userId/videos': ['listVideosOfPerson', '/v1/profiles/ann/videos'],
      'GET /v1/quarantine': ['listQuarantine', '/v1/quarantine'],
      'GET /v1/risks': ['listRisks', '/v1/risks'],
      'GET /v1/sessions/:sessionId': ['getSession', `/v1/sessions/${session}`],
      'GET /v1/struggles': ['listStruggles', '/v1/struggles'],
    };
    const officerRoute = (action: string, id: string, body: object, type: string): Call => ({
      route: `POST /v1/privacy/requests/:id/${action}`,
      url: `/v1/privacy/requests/${id}/${action}`,
      body,
      entry: { type: `privacy-request-${type}.v1` },
    });
    const ofBreach = (action: string | undefined, body: object, type: string): Call => ({
      route: `POST /v1/privacy/breaches${action === undefined ? '' : `/:id/${action}`}`,
      url: `/v1/privacy/breaches${action === undefined ? '' : `/${breach}/${action}`}`,
      body,
      status: action === undefined ? 201 : 200,
      entry: { type: `${type}.v1` },
      about: 'nobody',
    });
    const description = 'A backup could be read.';
    const notifiedAt = new Date().toISOString();
    const calls: readonly Call[] = [
      ofBreach(undefined, { breachId: breach, awareAt: notifiedAt, description }, 'breach-recorded'),
      ofBreach('assess', { description, risk: 'high' }, 'breach-assessed'),
      ofBreach('count', {}, 'affected-persons-counted'),
      ofBreach('authority-notification', { notifiedAt }, 'authority-notified'),
      ofBreach(
        'persons-notification',
        { channel: 'letter', notifiedAt, persons: 1, textHash: 'ab'.repeat(32) },
        'affected-persons-notified',
      ),
      {
        route: 'PUT /v1/privacy/policies',
        url: '/v1/privacy/policies',
        method: 'PUT',
        body: { version, fields, consent, retention: { ...retention, rejected: 90 } },
        entry: { type: 'privacy-policies-changed.v1' },
        about: 'nobody',
      },
      {
        route: 'PUT /v1/knowledge/:id',
        url: '/v1/knowledge/export',
        method: 'PUT',
        body: { version: 0, title: 'Export', text: 'Press Save.', language: 'en' },
        entry: { type: 'knowledge-document-put.v1' },
        about: 'nobody',
      },
      {
        route: 'DELETE /v1/knowledge/:id',
        url: '/v1/knowledge/export?version=1',
        method: 'DELETE',
        entry: { type: 'knowledge-document-removed.v1' },
        about: 'nobody',
      },
      {
        route: 'POST /v1/content/preview',
        url: '/v1/content/preview',
        body: { channel: 'in_app', userId: 'ann' },
        entry: { type: read, action: 'previewContent', purpose: 'legal' },
      },
      {
        route: 'PUT /v1/help/policy',
        url: '/v1/help/policy',
        method: 'PUT',
        body: { ...policy, staleAfter: 120_000 },
        entry: { type: 'help-policy-changed.v1' },
        about: 'nobody',
      },
      {
        route: 'PUT /v1/strategies/:id',
        url: '/v1/strategies/welcome',
        method: 'PUT',
        body: {
          ...{ version: 0, name: 'Welcome', trigger: { kind: 'request' }, channels: ['in_app'] },
          ...{ goal: { kind: 'return' }, content: { brief: 'Say welcome.' } },
        },
        entry: { type: 'strategy-defined.v1' },
        about: 'nobody',
      },
      {
        route: 'POST /v1/strategies/:id/test',
        url: '/v1/strategies/welcome/test',
        body: { userId: 'ann' },
        entry: { type: handled, action: 'testStrategy', purpose: 'legal' },
      },
      {
        route: 'POST /v1/interventions',
        url: '/v1/interventions',
        body: { userId: 'ann', strategyId: 'welcome' },
        entry: { type: handled, action: 'requestIntervention', purpose: 'legal' },
      },
      {
        route: 'DELETE /v1/strategies/:id',
        url: '/v1/strategies/welcome?version=1',
        method: 'DELETE',
        entry: { type: 'strategy-retired.v1' },
        about: 'nobody',
      },
      ...Object.entries(reads).map(([route, [action, url]]) => ({
        route,
        url,
        entry: { type: read, action, purpose: 'legal' },
      })),
      ofBreach('close', { reason: 'notified', note: 'All were told.' }, 'breach-closed'),
      {
        route: 'GET /v1/privacy/exports/:id/download',
        url: link,
        key: 'none',
        entry: { type: 'export-downloaded.v1', actor: { keyId: 'export-link', role: 'person' } },
      },
      {
        route: 'POST /v1/unsubscribe/:token',
        url: `/v1/unsubscribe/${unsubscribe}`,
        key: 'none',
        body: {},
        entry: { type: 'consent-withdrawn.v1', actor: { keyId: 'unsubscribe-link', role: 'person' } },
      },
      {
        route: 'POST /v1/consents',
        url: '/v1/consents',
        key: 'write',
        body: { decision: 'withdraw', userId: 'ann', purpose: 'marketing' },
        entry: { type: 'consent-withdrawn.v1' },
      },
      {
        route: 'POST /v1/privacy/exports',
        url: '/v1/privacy/exports',
        body: { userId: 'ann', kind: 'portability' },
        status: 202,
        entry: { type: 'export-requested.v1' },
      },
      {
        route: 'POST /v1/privacy/requests',
        url: '/v1/privacy/requests',
        body: request(received),
        status: 201,
        entry: { type: 'privacy-request-received.v1' },
      },
      officerRoute('extend', verified, { reason: 'complexity' }, 'extended'),
      officerRoute('reject', rejected, { reason: 'manifestly-unfounded' }, 'rejected'),
      officerRoute('verify', verified, { verified: true, method: 'in-person' }, 'identity-verified'),
      {
        route: 'POST /v1/interventions/:id/responses',
        url: `/v1/interventions/${message}/responses`,
        body: { response: 'clicked' },
        entry: { type: 'intervention-clicked.v1' },
      },
      {
        route: 'POST /v1/profiles/:userId/inbox-token',
        url: '/v1/profiles/ann/inbox-token',
        body: {},
        entry: { type: handled, action: 'createInboxToken', purpose: 'legal' },
      },
      {
        route: 'POST /v1/privacy/keys/rotate',
        url: '/v1/privacy/keys/rotate',
        body: { level: 'data', userId: 'ann' },
        entry: { type: handled, action: 'rotateKeys', purpose: 'legal' },
      },
      {
        route: 'POST /v1/quarantine/:id/replay',
        url: `/v1/quarantine/${quarantined}/replay`,
        body: {},
        entry: { type: handled, action: 'replayQuarantined', purpose: 'legal' },
      },
      {
        route: 'POST /v1/profiles/:userId/restriction',
        url: '/v1/profiles/ann/restriction',
        body: { restricted: true },
        entry: { type: 'processing-restricted.v1' },
      },
    ];

    const ofMethod = ({ method }: { readonly method: string | string[] }) =>
      [method].flat().filter((each) => each !== 'HEAD' && each !== 'OPTIONS');
    const present = routes.flatMap((route) => ofMethod(route).map((method) => `${method} ${route.url}`));
    const decided = [
      ...Object.values(unaudited).flat(),
      ...calls.map(({ route }) => route),
      // Tried with the deliveries: they need a message that no channel took, and an address that bounced.
      'DELETE /v1/suppressions/:id',
      'GET /v1/suppressions',
      'POST /v1/interventions/:id/resend',
      // Tried apart: one is sent as DELETE, the other needs a request that failed.
      'DELETE /v1/privacy/requests/:id',
      'POST /v1/privacy/requests/:id/retry',
    ];
    t.strictSame(present.sort(), decided.sort(), 'every route is decided about');

    for (const { route, url, body, status = 200, key, method } of calls) {
      const secret = key === 'none' ? undefined : key === 'write' ? testWriteKey : officer.secret;
      const answer = await send(url, secret, body, method);
      t.equal(answer.status, status, `${route}: ${JSON.stringify(answer.body ?? null).slice(0, 300)}`);
    }
    const deleted = await fetch(`${waymark.url}/v1/privacy/requests/${cancelled}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${officer.secret}` },
    });
    t.equal(deleted.status, 202);
    await deleted.arrayBuffer();

    await caughtUp();
    const entries: Entry[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await look(`/v1/audit/entries?limit=500${cursor}`);
      entries.push(...body.data);
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    const subjects = new Set([ann, subjectOf('default', 'anonymous', 'v')]);
    const isFor = (entry: Entry, { type, action, purpose }: Partial<Entry>) =>
      entry.type === type &&
      (action === undefined || entry.action === action) &&
      (purpose === undefined || entry.purpose === purpose);
    const deletion = {
      route: 'DELETE /v1/privacy/requests/:id',
      url: '',
      entry: { type: 'privacy-request-cancelled.v1' },
    };
    for (const { route, entry, key, about } of [...calls, deletion as Call]) {
      const keyId = entry.actor?.keyId ?? (key === undefined ? officer.keyId : undefined);
      const found = entries.filter(
        (each) =>
          isFor(each, entry) && (keyId === undefined ? each.actor !== null : each.actor?.keyId === keyId),
      );
      t.ok(
        found.some((each) => about === 'nobody' || each.subjects.some((subject) => subjects.has(subject))),
        `${route}: who did what about whom is recorded`,
        { expected: entry, keyId, found },
      );
    }
    t.notMatch(JSON.stringify(entries), /ann@example|"ann"|sealed:/);
  },
);
