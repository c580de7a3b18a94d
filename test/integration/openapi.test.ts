import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import openapiTS, { astToString } from 'openapi-typescript';
import t from 'tap';
import ts from 'typescript';
import { decided } from '../support/helpEvents.js';
import { openReadSide, type ReadSide, startOfTest } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let side: ReadSide;
/** Of the whole product: every route is in it. */
let text: string;
let description: Description;

t.before(async () => {
  const folder = testFolder(t, { reads: {}, whole: {} });
  side = await openReadSide(join(folder, 'reads'));
  const waymark = await startTestWaymark(join(folder, 'whole'));
  text = await (await fetch(`${waymark.url}/openapi.json`)).text();
  description = JSON.parse(text);
  await waymark.stop();
});
t.teardown(() => side.close());

t.test('the description passes the linter', async (t) => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: text, config });
  const found = problems
    .map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)
    // Health, readiness and metrics take no input: there is nothing a caller could do wrong.
    .filter((problem) => !/^operation-4xx-response: .*(healthz|readyz|metrics)\/get/.test(problem))
    // A link of a message leads elsewhere, and does nothing else.
    .filter((problem) => !/^operation-2xx-response: .*~1v1~1c~1\{token\}\/get/.test(problem));
  t.same(found, []);
  t.match(description.openapi, /^3\.1\./);
});

t.test('a client generator makes types that compile', async (t) => {
  const folder = testFolder(t);
  const types = astToString(await openapiTS(text));
  await mkdir(join(folder, 'client'));
  await writeFile(join(folder, 'client', 'api.ts'), types);
  await writeFile(
    join(folder, 'client', 'use.ts'),
    `import type { components, operations } from './api.js';
     type Answer = operations['listStruggles']['responses'][200]['content']['application/json'];
     export const feature = (answer: Answer): string | undefined => answer.data[0]?.featureId;
     export const score = (profile: components['schemas']['Profile']): number => profile.engagement.score;
     // @ts-expect-error the segments are known by name
     export const fault: components['schemas']['Profile']['userSegment'] = 'unheard of';`,
  );
  const program = ts.createProgram([join(folder, 'client', 'use.ts')], {
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const faults = ts.getPreEmitDiagnostics(program);
  t.same(
    faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    [],
  );
});

t.test('every route is described, with an id of its own', async (t) => {
  const operations = Object.values(description.paths).flatMap((path) => Object.values(path));
  const ids = operations.map(({ operationId }) => operationId);
  t.equal(new Set(ids).size, ids.length);
  const pages = [
    'docs/api.md',
    'docs/live.md',
    ...(await readdir('docs/privacy')).map((name) => `docs/privacy/${name}`),
  ];
  const api = (await Promise.all(pages.map((page) => readFile(page, 'utf8')))).join('\n');
  const documented = [...api.matchAll(/^\| `(GET|POST|PUT|DELETE) (\/[^`?]*)/gm)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const described = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const reads = described.filter((route) => !/ \/(healthz|readyz|metrics)$|\/debug\/|settings$/.test(route));
  t.same(reads.filter((route) => !documented.includes(route) && !isIngestion(route)).sort(), []);
  t.same(
    documented.filter((route) => !described.includes(route)),
    [],
  );
});

function isIngestion(route: string): boolean {
  const [method = '', path = ''] = route.split(' ');
  return description.paths[path]?.[method.toLowerCase()]?.tags.includes('ingestion') === true;
}

t.test('answers are what the description says', async (t) => {
  const failed = { userId: 'ann', name: 'Task Failed', properties: { feature: 'quiz', error: 'E1' } };
  await side.send(
    [
      { userId: 'ann', anonymousId: 'v', kind: 'identify', traits: { age: 30, nested: { a: [1, null] } } },
      { userId: 'ann', kind: 'page', name: 'Home', context: { device: { type: 'ios' }, locale: 'en' } },
      failed,
      failed,
      failed,
      { userId: 'ann', name: 'Task Completed', properties: { feature: 'quiz' } },
      { userId: 'ann', name: 'Video Playback Started', properties: { asset_id: 'intro', total_length: 60 } },
      { userId: 'ann', name: 'Video Playback Paused', properties: { asset_id: 'intro', position: 30 } },
    ],
    { rejected: [{ index: 8, messageId: null, code: 'invalid-event', message: 'Name it.', payload: '{}' }] },
  );
  await side.intervene({
    type: 'InterventionDeclined',
    data: {
      ...decided,
      interventionId: 'i1',
      subject: side.subjectOf('default', 'user', 'ann'),
      strategy: 'help',
      struggleId: 's1',
      featureId: 'quiz',
      signalType: 'error_pattern',
      severity: 'low',
      reason: 'stale',
    },
  });
  await side.caughtUp();

  const { body } = await side.get('/v1/profiles/ann/sessions');
  const [session] = body.data as { sessionId: string }[];
  const values: Record<string, string> = {
    userId: 'ann',
    sessionId: session?.sessionId ?? '',
    featureId: 'quiz',
    videoId: 'intro',
    id: 'i1',
  };
  const names: Record<string, string> = { '/v1/metrics/{name}': 'events' };
  const queries: Record<string, string> = {
    '/v1/audit/proofs/inclusion': '?sequence=0',
    '/v1/effects': '?strategy=first-help&groupBy=day',
    '/v1/audit/proofs/consistency': '?first=1&second=1',
  };
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', components: description.components });
  const asOf = new Date(startOfTest).toISOString();
  let checked = 0;
  for (const [path, { get }] of Object.entries(description.paths)) {
    const schema = get?.responses['200']?.content?.['application/json']?.schema;
    if (get === undefined || schema === undefined || !/^\/(v1|api)\//.test(path) || path.includes('projects'))
      continue;
    const url =
      path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? names[path] ?? 'profiles') +
      (queries[path] ?? '');
    const validate = compile(ajv, schema);
    const visitor = path === '/v1/consents' ? [`${url}?anonymousId=v`] : undefined;
    if (elsewhere.test(path)) continue;
    const urls = visitor ?? (/userId/.test(path) ? [url, `${url}?asOf=${asOf}`] : [url]);
    for (const url of urls) {
      const answer = await side.get(url);
      t.equal(answer.status, 200, url);
      t.ok(validate(answer.body), url, { errors: validate.errors, answer });
      checked += 1;
    }
  }
  t.ok(checked >= 30, `${checked} answers were checked`);
});

/** What the read side does not mount; what these answer is tried with their own tests. */
const elsewhere = /^\/v1\/(?:knowledge|privacy|strategies|help)\b|\/inbox$/;

function compile(ajv: Ajv2020, schema: object): ValidateFunction {
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')));
}

t.test('the page to read it loads nothing from elsewhere', async (t) => {
  const page = await side.app.inject('/docs/');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-security-policy'], /default-src 'self'/);
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
  t.ok(assets.length > 3);
  for (const asset of assets) {
    t.match(asset, /^\.\/static\//);
    t.equal((await side.app.inject(`/docs/${asset}`)).statusCode, 200, asset);
  }
  t.equal((await side.app.inject('/docs/json')).statusCode, 200);
});
