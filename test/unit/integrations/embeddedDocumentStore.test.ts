import t from 'tap';
import type { Document } from '../../../src/documentStore/documentStore.js';
import { openEmbeddedDocumentStore } from '../../../src/integrations/embedded/embeddedDocumentStore.js';
import { testFolder } from '../../support/testFolder.js';

t.test('what one object on a folder has defined and committed another finds', async (t) => {
  const folder = testFolder(t);
  const [one, two] = [openEmbeddedDocumentStore({ folder }), openEmbeddedDocumentStore({ folder })];
  t.teardown(async () => {
    await two.close();
    await one.close();
  });
  const put = (document: Document & { readonly rank: number }) =>
    one.commit({ puts: [{ collection: 'ranks', document }] });
  const ranked = { sort: { field: 'rank', direction: 'asc' }, limit: 10 } as const;
  const found = async () => {
    two.refresh();
    return (await two.find('ranks', ranked)).documents.map(({ id }) => id);
  };

  await t.rejects(found(), /not defined/);
  await one.define([{ name: 'ranks', indexes: [['rank']] }]);
  await put({ id: 'b', rank: 2 });
  t.strictSame(await found(), ['b']);
  await put({ id: 'a', rank: 1 });
  t.strictSame(await found(), ['a', 'b']);

  await two.define([{ name: 'ranks', indexes: [['rank']] }]);
  t.strictSame(await found(), ['a', 'b'], 'defined alike again nothing is lost');

  await one.drop('ranks');
  two.forget('ranks');
  await t.rejects(found(), /not defined/);
  await t.rejects(one.find('ranks', ranked), /not defined/);
});

t.test('a store that closes at once after many commits has all of them', async (t) => {
  const folder = testFolder(t);
  const first = openEmbeddedDocumentStore({ folder });
  await first.define([{ name: 'ranks', indexes: [['rank']] }]);
  const commits = Array.from({ length: 40 }, (_, at) =>
    first.commit({
      puts: Array.from({ length: at % 2 === 0 ? 300 : 1 }, (_, rank) => ({
        collection: 'ranks',
        document: { id: `${at}-${rank}`, rank },
      })),
    }),
  );
  await Promise.all(commits);
  await first.close();

  const second = openEmbeddedDocumentStore({ folder });
  t.teardown(() => second.close());
  await second.define([{ name: 'ranks', indexes: [['rank']] }]);
  t.equal(await second.count('ranks', {}), 20 * 300 + 20);
});
