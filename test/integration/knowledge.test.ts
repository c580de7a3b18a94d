import t, { type Test } from 'tap';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { startWaymark } from '../../src/composition/waymark.js';
import type { EmbeddingsConfiguration } from '../../src/embeddingsConfiguration.js';
import { createLogger } from '../../src/http/logger.js';
import { startEmbeddingsServer } from '../support/embeddingsServer.js';
import { testAdminToken } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { testConfiguration } from '../support/waymark.js';

const url = '/v1/knowledge';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly data: unknown;
    readonly position: string;
    readonly nextCursor?: string | null;
    readonly errors?: readonly { readonly path: string; readonly code: string }[];
  };
}

async function open(t: Test, folder: string, embeddings?: EmbeddingsConfiguration) {
  const waymark = await startWaymark({ ...testConfiguration(folder), embeddings }, createLogger('silent'));
  t.teardown(() => waymark.stop());
  async function call(method: string, path: string, body?: unknown, token = testAdminToken): Promise<Answer> {
    const answer = await fetch(waymark.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // A boundary: what the server answers.
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }
  const document = {
    version: 0,
    title: 'Export a report',
    text: 'Choose Export, then Save.',
    language: 'en',
  };
  return {
    waymark,
    call,
    put: (id: string, changes: object = {}, token?: string) =>
      call('PUT', `${url}/${id}`, { ...document, ...changes }, token),
    search: async (q: string, more = '') => call('GET', `${url}/search?q=${encodeURIComponent(q)}${more}`),
  };
}

t.test('documents are written, read, listed, searched and removed, and stay over a restart', async (t) => {
  const folder = testFolder(t);
  const first = await open(t, folder);
  t.match(await first.put('export'), { status: 200, body: { data: { id: 'export', version: 1 } } });
  t.match(await first.put('export'), { status: 200, body: { data: { version: 1 } } }, 'nothing changed');
  t.match(await first.put('export', { title: 'Other' }), { status: 409 });
  t.match(await first.put('export', { version: 1, features: ['report'] }), {
    status: 200,
    body: { data: { version: 2 } },
  });
  const { body: last } = await first.put('login', { title: 'Sign in', text: 'Use the link in the mail.' });
  const seen = `waitFor=${encodeURIComponent(last.position)}`;

  t.match(await first.call('GET', `${url}?${seen}`), {
    body: { data: [{ id: 'export', version: 2 }, { id: 'login' }], nextCursor: null },
  });
  t.match(await first.call('GET', `${url}/export`), {
    body: {
      data: { id: 'export', features: ['report'], changedBy: String, text: 'Choose Export, then Save.' },
    },
  });
  t.match(await first.search('how to save', `&${seen}`), {
    body: {
      data: [
        {
          documentId: 'export',
          version: 2,
          excerpt: 'Choose Export, then Save.',
          source: 'document',
          effect: null,
        },
      ],
    },
  });
  t.strictSame((await first.search('save', '&feature=photo')).body.data, []);
  t.strictSame((await first.search('save', '&language=de')).body.data, []);

  t.match(await first.call('DELETE', `${url}/login?version=7`), { status: 409 });
  const { body: removed } = await first.call('DELETE', `${url}/login?version=1`);
  t.match(removed, { data: { id: 'login', version: 2 } });
  t.match(await first.call('DELETE', `${url}/login?version=1`), { status: 200 }, 'gone is gone');
  t.match(await first.call('DELETE', `${url}/nothing?version=0`), { status: 404 });
  const gone = `waitFor=${encodeURIComponent(removed.position)}`;
  t.match(await first.call('GET', `${url}/login?${gone}`), { status: 404 });
  t.strictSame((await first.search('sign in', `&${gone}`)).body.data, []);
  await first.waymark.stop();

  const second = await open(t, folder);
  t.match((await second.search('save')).body.data, [{ documentId: 'export', version: 2 }]);
  await until(
    async () =>
      JSON.stringify((await second.call('GET', '/v1/audit/entries')).body).includes(
        'knowledge-document-removed.v1',
      ),
    'the changes stand in the audit trail',
  );
});

t.test('refuses personal values, faulty documents, and who may not write', async (t) => {
  const folder = testFolder(t);
  const analyst = await (await openAccessKeys(testConfiguration(folder))).create('analyst');
  const { put, call, search } = await open(t, folder);
  t.match(await put('mail', { text: 'Write to ada@mail.example.' }), {
    status: 400,
    body: { errors: [{ path: 'text', code: 'personal-value' }] },
  });
  for (const [path, changes] of [
    ['title', { title: ' ' }],
    ['text', { text: 'x'.repeat(8001) }],
    ['language', { language: 'not a language' }],
    ['version', { version: -1 }],
    ['more', { more: 1 }],
  ] as const) {
    t.match(await put('export', changes), { status: 400, body: { errors: [{ path }] } }, path);
  }
  for (const id of ['search', 'Export', 'a_b', '-a', 'x'.repeat(101), '..%2F..']) {
    t.match(await put(id), { status: 400, body: { errors: [{ path: 'id' }] } }, id);
  }
  t.equal((await put('export', {}, analyst.secret)).status, 403);
  t.equal((await call('GET', url, undefined, analyst.secret)).status, 200);
  t.equal((await search('')).status, 400);
  t.equal((await search('x'.repeat(501))).status, 400);
  t.equal((await call('GET', `${url}/search`)).status, 400);
});

t.test('with a provider, what shares no word is found by its meaning', async (t) => {
  const { baseUrl, state } = await startEmbeddingsServer(t);
  const { put, search } = await open(t, testFolder(t), { model: 'small', apiKey: 'key', baseUrl });
  await put('export', { title: 'Downloads', text: 'Download it.' });
  await until(
    async () => JSON.stringify((await search('file')).body.data).includes('export'),
    'it is embedded',
  );
  state.mood = 'fails';
  t.match((await search('download')).body.data, [{ documentId: 'export' }]);
  t.strictSame((await search('file')).body.data, []);
});
