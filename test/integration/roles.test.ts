import { readFile } from 'node:fs/promises';
import type { RouteOptions } from 'fastify';
import t from 'tap';
import { type AccessRole, accessRoles } from '../../src/commands/accessKeys.js';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { allowedRoles, seesPersonalValues } from '../../src/http/roles.js';
import { routesOf } from '../support/allRoutes.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark, testConfiguration } from '../support/waymark.js';

type KeyClass = 'write' | 'read' | 'person' | 'help' | 'privacy' | 'admin';

/** Who may do what, written out once more: a change of the table in the code has to be made here as well. */
const expectedRoles: Readonly<Record<KeyClass, readonly AccessRole[]>> = {
  write: ['write'],
  read: ['administrator', 'analyst', 'privacy-officer', 'service'],
  person: ['administrator', 'analyst', 'support', 'privacy-officer', 'service'],
  help: ['administrator', 'service'],
  privacy: ['administrator', 'privacy-officer'],
  admin: ['administrator'],
};

/** Public routes that look for a key or a person's token themselves: what they ask of a key. */
const ownDoors: Readonly<Record<string, KeyClass>> = {
  'GET /v1/profiles/:userId/inbox': 'admin',
  'POST /v1/interventions/:id/responses': 'admin',
};

/** Every route of the product with its class. One that is added has to be decided about here. */
const expectedRoutes: readonly string[] = [
  'DELETE /v1/privacy/requests/:id privacy',
  'GET /v1/audit/entries privacy personal',
  'GET /v1/audit/head privacy',
  'GET /v1/audit/heads privacy',
  'GET /v1/audit/keys privacy',
  'GET /v1/audit/proofs/consistency privacy',
  'GET /v1/audit/proofs/inclusion privacy',
  'GET /v1/consents person personal',
  'GET /v1/privacy/breaches privacy',
  'GET /v1/privacy/breaches/:id privacy',
  'GET /v1/privacy/breaches/:id/affected privacy',
  'GET /v1/privacy/breaches/:id/drafts privacy',
  'GET /v1/privacy/discovery privacy',
  'GET /v1/privacy/exports/:id privacy',
  'GET /v1/privacy/exports/:id/download public',
  'GET /v1/privacy/policies privacy',
  'GET /v1/privacy/requests privacy personal',
  'GET /v1/privacy/requests/:id privacy',
  'GET /v1/privacy/retention privacy',
  'GET /v1/profiles/:userId/consents person personal',
  'POST /v1/consents write',
  'POST /v1/privacy/breaches privacy',
  'POST /v1/privacy/breaches/:id/assess privacy',
  'POST /v1/privacy/breaches/:id/authority-notification privacy',
  'POST /v1/privacy/breaches/:id/close privacy',
  'POST /v1/privacy/breaches/:id/count privacy',
  'POST /v1/privacy/breaches/:id/persons-notification privacy',
  'POST /v1/privacy/exports privacy',
  'POST /v1/privacy/keys/rotate admin',
  'POST /v1/privacy/requests privacy',
  'POST /v1/privacy/requests/:id/extend privacy',
  'POST /v1/privacy/requests/:id/reject privacy',
  'POST /v1/privacy/requests/:id/retry privacy',
  'POST /v1/privacy/requests/:id/verify privacy',
  'POST /v1/profiles/:userId/restriction privacy',
  'PUT /v1/privacy/policies privacy',
  'GET /api/events/user/:userId/insights person personal',
  'GET /docs/ public',
  'GET /docs/json public',
  'GET /docs/static/* public',
  'GET /docs/static/index.html public',
  'GET /docs/static/swagger-initializer.js public',
  'GET /docs/static/theme/page.css public',
  'GET /docs/yaml public',
  'GET /healthz public',
  'GET /metrics public',
  'GET /openapi.json public',
  'GET /readyz public',
  'GET /v1/accounting read',
  'GET /v1/features read',
  'GET /v1/features/:featureId read',
  'GET /v1/knowledge read',
  'GET /v1/knowledge/:id read',
  'GET /v1/knowledge/search read',
  'PUT /v1/knowledge/:id admin',
  'DELETE /v1/knowledge/:id admin',
  'POST /v1/content/preview person',
  'GET /v1/help/policy read',
  'GET /v1/deliveries read personal',
  'GET /v1/effects read',
  'GET /v1/suppressions read personal',
  'GET /v1/interventions read personal',
  'GET /v1/interventions/:id person personal',
  'GET /v1/live public',
  'GET /v1/c/:token public',
  'GET /v1/metrics/:name read',
  'GET /v1/o/:token public',
  'GET /v1/unsubscribe/:token public',
  'POST /v1/callbacks/:provider public',
  'POST /v1/unsubscribe/:token public',
  'GET /v1/processors read',
  'GET /v1/processors/:name/parked admin',
  'GET /v1/profiles read personal',
  'GET /v1/profiles/:userId person personal',
  'GET /v1/profiles/:userId/decisions person personal',
  'GET /v1/profiles/:userId/inbox public personal',
  'GET /v1/profiles/:userId/journey person personal',
  'GET /v1/profiles/:userId/risk person personal',
  'GET /v1/profiles/:userId/sessions person personal',
  'GET /v1/profiles/:userId/struggles person personal',
  'GET /v1/profiles/:userId/videos person personal',
  'GET /v1/projects/:key/settings public',
  'GET /v1/quarantine admin personal',
  'GET /v1/risks read personal',
  'GET /v1/sessions/:sessionId person personal',
  'GET /v1/strategies read',
  'GET /v1/strategies/:id read',
  'GET /v1/struggles read personal',
  'GET /v1/videos read',
  'GET /v1/videos/:videoId read',
  'POST /api/events/track write',
  'POST /v1/interventions help',
  'POST /v1/interventions/:id/resend help',
  'POST /v1/interventions/:id/responses public',
  'POST /v1/processors/:name/parked/:id/retry admin',
  'POST /v1/processors/:name/rebuild admin',
  'POST /v1/profiles/:userId/inbox-token admin',
  'POST /v1/quarantine/:id/replay admin',
  'POST /v1/a write',
  'POST /v1/alias write',
  'POST /v1/b write',
  'POST /v1/batch write',
  'POST /v1/debug/alias write',
  'POST /v1/debug/batch write',
  'POST /v1/debug/events/track write',
  'POST /v1/debug/group write',
  'POST /v1/debug/identify write',
  'POST /v1/debug/page write',
  'POST /v1/debug/screen write',
  'POST /v1/debug/track write',
  'POST /v1/g write',
  'POST /v1/group write',
  'POST /v1/i write',
  'POST /v1/identify write',
  'POST /v1/p write',
  'POST /v1/page write',
  'POST /v1/s write',
  'POST /v1/screen write',
  'POST /v1/t write',
  'POST /v1/track write',
  'POST /v1/strategies/:id/test person personal',
  'PUT /v1/help/policy admin',
  'PUT /v1/strategies/:id admin',
  'DELETE /v1/strategies/:id admin',
  'DELETE /v1/suppressions/:id admin',
];

/** The whole product, with a key of each role. */
async function startServer(folder: string) {
  const keys = await openAccessKeys(testConfiguration(folder));
  const secrets = new Map<string, string>();
  for (const role of accessRoles) secrets.set(role, (await keys.create(role)).secret);
  const { built: waymark, routes } = await routesOf(() => startTestWaymark(folder));
  return { url: waymark.url, routes, secrets, close: () => waymark.stop() };
}

function methodsOf({ method }: RouteOptions): string[] {
  return (Array.isArray(method) ? method : [method]).filter((each) => each !== 'HEAD' && each !== 'OPTIONS');
}

t.test('every route has its class, and every role gets what the table says', async (t) => {
  const { url: server, routes, secrets, close } = await startServer(testFolder(t));
  t.teardown(close);
  const present = routes.flatMap((route) =>
    methodsOf(route).map((method) => {
      const { access, personal } = route.config ?? {};
      return [method, route.url, access ?? 'undeclared', ...(personal === true ? ['personal'] : [])].join(
        ' ',
      );
    }),
  );
  t.strictSame(present.sort(), [...expectedRoutes].sort());

  const statusOf = async (method: string, pattern: string, key: string | undefined) => {
    const url = pattern.replace('/metrics/:name', '/metrics/events').replaceAll(/:\w+/g, 'x');
    const answer = await fetch(server + url, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        'x-purpose': 'customer-support',
        'x-ticket': 'T-1',
        ...(method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(method === 'POST' && {
        body: JSON.stringify(url.endsWith('/responses') ? { response: 'seen' } : { userId: 'u', event: 'E' }),
      }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  for (const line of expectedRoutes) {
    const [method = '', pattern = '', declared = ''] = line.split(' ');
    // The WebSocket's door is tried with the live tests.
    if (pattern === '/v1/live') continue;
    const needed = ownDoors[`${method} ${pattern}`] ?? declared;
    if (!isKeyClass(needed)) {
      if (!pattern.includes(':key')) t.notOk(refused(await statusOf(method, pattern, undefined)), line);
      continue;
    }
    t.equal(await statusOf(method, pattern, undefined), 401, `${line}: without a key`);
    for (const role of accessRoles) {
      const status = await statusOf(method, pattern, secrets.get(role));
      if (expectedRoles[needed].includes(role)) t.notOk(refused(status), `${line}: ${role} got ${status}`);
      else t.equal(status, 403, `${line}: ${role}`);
    }
  }
});

t.test('the table of the documentation is the table of the code', async (t) => {
  const text = await readFile('docs/privacy/roles.md', 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => /^\| `(?:write|read|person|help|privacy|admin)` /.test(line));
  const documented = rows.map((row) => {
    const [, name = '', , roles = ''] = row.split('|').map((cell) => cell.trim());
    return [name.replaceAll('`', ''), roles.split(', ')];
  });
  t.strictSame(Object.fromEntries(documented), allowedRoles);
  for (const role of accessRoles) {
    const seesPersonal = seesPersonalValues({ tenantId: 'default', keyId: 'k', role });
    const row = text.split('\n').find((line) => line.startsWith(`| \`${role}\` |`));
    t.match(row, seesPersonal ? /\| opened \|/ : /\| (?:masked|none|masked, opened with .*) \|/, role);
  }
});

function isKeyClass(text: string): text is KeyClass {
  return Object.hasOwn(expectedRoles, text);
}

function refused(status: number): boolean {
  return status === 401 || status === 403;
}
