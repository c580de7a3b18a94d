import fc from 'fast-check';
import t from 'tap';
import { hostileText, type JsonSchemaPart, nearly } from '../support/hostileRequests.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

t.setTimeout(240_000);

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: JsonSchemaPart;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchemaPart }>> };
  readonly security?: readonly object[];
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchemaPart>> };
}

const runs = 25;
/** Refusals that the contract names though their status is above 499. */
const statedRefusals = new Set(['request-type-not-supported']);

t.test('whatever is sent to whichever route, the server answers for it: never a 5xx', async (t) => {
  const waymark = await startTestWaymark(testFolder(t));
  t.teardown(() => waymark.stop());
  await fetch(`${waymark.url}/v1/identify`, {
    method: 'POST',
    headers: { 'x-write-key': testWriteKey },
    body: JSON.stringify({ userId: 'ann', traits: { email: 'ann@example.com' } }),
  });
  const description = (await (await fetch(`${waymark.url}/openapi.json`)).json()) as Description;
  const definitions = description.components.schemas;
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  t.ok(operations.length > 50, `${operations.length} operations`);

  for (const { path, method, operation } of operations) {
    const parameters = operation.parameters ?? [];
    const named = (place: Parameter['in']) =>
      fc.record(
        Object.fromEntries(
          // A position that nobody will reach is waited for: that it is answered in time has a test of its own.
          parameters
            .filter((each) => each.in === place && each.name !== 'waitFor')
            .map((each) => [each.name, nearly(each.schema, definitions)]),
        ),
        place === 'path' ? {} : { requiredKeys: [] },
      );
    const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
    const isWrite = JSON.stringify(operation.security ?? []).includes('writeKey');
    const request = fc.record({
      inPath: named('path'),
      query: named('query'),
      more: fc.oneof(
        { weight: 5, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(hostileText, hostileText, { maxKeys: 2 }) },
      ),
      body: method === 'GET' ? fc.constant(undefined) : fc.oneof(nearly(body, definitions), hostileText),
      isRaw: fc.boolean(),
      requestId: fc.constantFrom('4bf92f3577b34da6a3ce929d0e0e4736', 'ann@example.com', 'x'.repeat(300)),
    });
    const checked = fc.asyncProperty(request, async (given) => {
      const url = new URL(
        waymark.url + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(given.inPath[name]) || 'x'),
      );
      for (const [name, value] of Object.entries({ ...given.query, ...given.more })) {
        url.searchParams.append(wellFormed(name), wellFormed(textOf(value)));
      }
      const answer = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${isWrite ? testWriteKey : testAdminToken}`,
          'x-request-id': given.requestId,
          ...(given.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(given.body !== undefined && {
          body: given.isRaw && typeof given.body === 'string' ? given.body : JSON.stringify(given.body),
        }),
      });
      const text = await answer.text();
      if (answer.status < 400) return;
      const problem = JSON.parse(text);
      if (answer.status >= 500 && !statedRefusals.has(problem.code))
        throw new Error(`${method} ${url.pathname}: ${answer.status} ${text}`);
      if (typeof problem.code !== 'string' || typeof problem.instance !== 'string')
        throw new Error(`no problem: ${text}`);
    });
    // On a failure the message holds the seed and the smallest request that fails.
    await fc.assert(checked, { numRuns: runs, endOnFailure: false });
    t.pass(`${method} ${path}`);
  }
});

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** What can stand in an address at all: broken Unicode cannot. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\ufffd');
}

function encode(value: unknown): string {
  return encodeURIComponent(wellFormed(textOf(value)));
}
