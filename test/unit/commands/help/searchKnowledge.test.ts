import t, { type Test } from 'tap';
import type {
  Embeddings,
  KnowledgeEntry,
  KnowledgeQuery,
  PastHelp,
  PastHelpEntry,
} from '../../../../src/commands/help/knowledge.js';
import { createKnowledgeSearch } from '../../../../src/commands/help/searchKnowledge.js';
import { openEmbeddedDocumentStore } from '../../../../src/integrations/embedded/embeddedDocumentStore.js';
import { openaiEmbeddings } from '../../../../src/integrations/embeddings/openaiEmbeddings.js';
import { minisearchWordIndex } from '../../../../src/integrations/knowledge/minisearchWordIndex.js';
import { openVectorDocuments } from '../../../../src/integrations/knowledge/vectorDocuments.js';
import { startEmbeddingsServer } from '../../../support/embeddingsServer.js';
import { testFolder } from '../../../support/testFolder.js';

/** A read model in memory, of one tenant. */
function knowledge() {
  const entries = new Map<string, KnowledgeEntry>();
  let changes = 0;
  return {
    hidden: new Set<string>(),
    put(
      documentId: string,
      title: string,
      text: string,
      about: { language?: string; features?: string[] } = {},
    ) {
      changes += 1;
      const content = { title, text, language: about.language ?? 'en', features: about.features ?? [] };
      const version = (entries.get(documentId)?.version ?? 0) + 1;
      entries.set(documentId, { documentId, version, change: changes, content });
    },
    remove(documentId: string) {
      changes += 1;
      const version = (entries.get(documentId)?.version ?? 0) + 1;
      entries.set(documentId, { documentId, version, change: changes, content: null });
    },
    async stateOf(tenantId: string) {
      if (tenantId !== 'acme' || changes === 0) return undefined;
      const there = [...entries.values()].filter(({ content }) => content !== null);
      return { changes, changeSum: there.reduce((sum, { change }) => sum + change, 0) };
    },
    async *changedAfter(_tenantId: string, change: number) {
      for (const entry of [...entries.values()].sort((a, b) => a.change - b.change))
        if (entry.change > change && !this.hidden.has(entry.documentId)) yield entry;
    },
  };
}

function searcher(
  source: ReturnType<typeof knowledge>,
  more: { meaning?: Parameters<typeof createKnowledgeSearch>[0]['meaning']; pastHelp?: PastHelp } = {},
) {
  const errors: unknown[] = [];
  const { search, settled } = createKnowledgeSearch({
    source,
    createWordIndex: minisearchWordIndex,
    pastHelp: more.pastHelp ?? (async () => []),
    onError: (error) => errors.push(error),
    ...(more.meaning && { meaning: more.meaning }),
  });
  const find = async (text: string, query: Partial<KnowledgeQuery> = {}) =>
    (await search('acme', { text, limit: 10, ...query })).map(({ documentId }) => documentId);
  return { search, find, settled: () => settled('acme'), errors };
}

t.test('follows the read model: what is written, replaced and removed', async (t) => {
  const source = knowledge();
  const { find, search } = searcher(source);
  t.strictSame(await find('export'), []);
  source.put('export', 'Export', 'How to export a report.');
  t.match(await search('acme', { text: 'export', limit: 5 }), [
    { documentId: 'export', version: 1, title: 'Export', source: 'document', effect: null },
  ]);
  source.put('export', 'Printing', 'How to print.');
  t.strictSame(await find('export'), []);
  t.match(await search('acme', { text: 'print', limit: 5 }), [{ documentId: 'export', version: 2 }]);
  source.remove('export');
  t.strictSame(await find('print'), []);
  t.strictSame(await search('other', { text: 'print', limit: 5 }), [], 'another tenant has its own');
});

t.test('looks again where the store showed a part of a commit', async (t) => {
  const source = knowledge();
  const { find } = searcher(source);
  source.put('a', 'Export one', 'Text.');
  source.put('b', 'Export two', 'Text.');
  source.hidden.add('a');
  t.strictSame(await find('export'), ['b']);
  source.hidden.clear();
  t.strictSame((await find('export')).sort(), ['a', 'b']);
});

t.test('finds by language and feature', async (t) => {
  const source = knowledge();
  source.put('any', 'Export', 'For all.');
  source.put('report', 'Export', 'Of reports.', { features: ['report'] });
  source.put('photo', 'Export', 'Of photos.', { features: ['photo'] });
  source.put('de', 'Export', 'Von Berichten.', { language: 'de-AT' });
  const { find } = searcher(source);
  t.strictSame((await find('export')).sort(), ['any', 'de', 'photo', 'report']);
  t.strictSame((await find('export', { featureId: 'report', language: 'en-GB' })).sort(), ['any', 'report']);
  t.strictSame(await find('export', { language: 'de' }), ['de']);
  t.strictSame((await find('export', { limit: 2 })).length, 2);
});

t.test('past help that helped stands beside the documents, with its effect', async (t) => {
  const source = knowledge();
  source.put('export', 'Export', 'How to export a report.');
  const past = (id: string, lift: number, about: Partial<PastHelpEntry> = {}): PastHelpEntry => ({
    ...{ id, version: 4, title: 'Help with export', text: 'Press Save to export.', language: 'en' },
    ...{ features: [], effect: { lift, low: lift - 0.05, high: lift + 0.05 }, ...about },
  });
  const pastHelp: PastHelp = async (tenantId) =>
    tenantId === 'acme'
      ? [past('good', 0.1), past('bad', -0.1), past('none', 0), past('photo', 0.2, { features: ['photo'] })]
      : [];
  const { search, find } = searcher(source, { pastHelp });
  const found = await search('acme', { text: 'export', limit: 5, featureId: 'report' });
  t.strictSame(found.map(({ documentId }) => documentId).sort(), ['export', 'good']);
  t.match(
    found.find(({ documentId }) => documentId === 'good'),
    { version: 4, source: 'past-help', effect: { lift: 0.1 }, excerpt: 'Press Save to export.' },
  );
  t.strictSame(await find('unrelated'), []);
  const failing = searcher(source, { pastHelp: () => Promise.reject(new Error('away')) });
  t.strictSame(await failing.find('export'), ['export']);
  t.equal(failing.errors.length, 1);
});

t.test('past help is indexed once for each time that it is measured', async (t) => {
  const entry = (title: string): PastHelpEntry => ({
    ...{ id: 'nudge', version: 1, title, text: 'Press Save first.', language: 'en', features: [] },
    effect: { lift: 0.1, low: 0.05, high: 0.15 },
  });
  let measured = [entry('Help with export')];
  let indexed = 0;
  const { search } = createKnowledgeSearch({
    source: knowledge(),
    pastHelp: async () => measured,
    createWordIndex() {
      const index = minisearchWordIndex();
      return {
        ...index,
        put(id, content) {
          indexed += 1;
          index.put(id, content);
        },
      };
    },
    onError: (error) => t.fail(`${error}`),
  });
  const find = (text: string) => search('acme', { text, limit: 5 });
  const found = await Promise.all([find('export'), find('save'), find('login')]);
  t.strictSame(
    found.map(({ length }) => length),
    [1, 1, 0],
  );
  t.equal(indexed, 1);
  measured = [entry('Help with login')];
  t.match(await find('login'), [{ title: 'Help with login' }]);
  t.strictSame(await find('export'), []);
  t.equal(indexed, 2);
});

async function withProvider(t: Test, folder: string) {
  const server = await startEmbeddingsServer(t);
  const embeddings = openaiEmbeddings({ apiKey: 'key', baseUrl: server.baseUrl, model: 'small' });
  const store = openEmbeddedDocumentStore({ folder });
  t.teardown(async () => {
    embeddings.close();
    await store.close();
  });
  return { ...server, store, meaning: { embeddings, vectors: await openVectorDocuments(store) } };
}

t.test('finds by meaning what shares no word, and tells the provider nothing personal', async (t) => {
  const { asked, meaning } = await withProvider(t, testFolder(t));
  const source = knowledge();
  source.put('bill', 'Invoices', 'Every invoice is in your account.');
  source.put('export', 'Downloads', 'How to download.');
  const { find, settled } = searcher(source, { meaning });
  await settled();
  t.strictSame(await find('save a file'), ['export', 'bill']);
  t.strictSame(await find('download'), ['export', 'bill'], 'in both lists, so first');
  await find('payment of ada@mail.example');
  const sent = asked.flatMap(({ input }) => input);
  t.ok(sent.includes('payment of [email]'));
  t.notMatch(sent.join(), /ada@/);
});

t.test('asks for each version of a document once, also after a restart', async (t) => {
  const { asked, meaning } = await withProvider(t, testFolder(t));
  const source = knowledge();
  const embedded = () => asked.flatMap(({ input }) => input).filter((text) => text.includes('\n\n'));
  source.put('a', 'Export', 'One.');
  await searcher(source, { meaning }).settled();
  await searcher(source, { meaning }).settled();
  t.strictSame(embedded(), ['Export\n\nOne.']);
  source.put('a', 'Export', 'Two.');
  const { settled, find } = searcher(source, { meaning });
  await settled();
  t.strictSame(embedded(), ['Export\n\nOne.', 'Export\n\nTwo.']);
  source.remove('a');
  t.strictSame(await find('save'), []);
  t.equal(
    (await meaning.vectors.load('acme', 'small', new Map([['a', 2]]))).size,
    0,
    'nothing is left of it',
  );
});

t.test('goes on by words while the provider fails, and embeds later what is missing', async (t) => {
  const { state, meaning } = await withProvider(t, testFolder(t));
  const source = knowledge();
  source.put('export', 'Export', 'How to export.');
  state.mood = 'fails';
  const { find, settled, errors } = searcher(source, { meaning });
  t.strictSame(await find('export'), ['export']);
  await settled();
  t.ok(errors.length > 0);
  state.mood = 'answers';
  await settled();
  t.strictSame(await find('save'), ['export'], 'by meaning now');
  state.mood = 'fails';
  t.strictSame(await find('save'), []);
  t.strictSame(await find('export'), ['export']);
});

t.test('a document that changes while it is embedded keeps no vector of what it was', async (t) => {
  const source = knowledge();
  source.put('a', 'Export', 'One.');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const embeddings: Embeddings = {
    model: 'slow',
    async embed(texts) {
      await held;
      return texts.map(() => Float32Array.from([1]));
    },
  };
  const vectors = { load: async () => new Map(), save: async () => undefined, remove: async () => undefined };
  const { find, settled } = searcher(source, { meaning: { embeddings, vectors } });
  await find('export');
  source.put('a', 'Login', 'Two.');
  await find('export');
  release();
  await settled();
  await settled();
  t.strictSame(await find('anything'), ['a'], 'embedded anew, and found');
});
