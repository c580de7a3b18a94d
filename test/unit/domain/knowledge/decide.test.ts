import t from 'tap';
import type { KnowledgeCommand } from '../../../../src/domain/knowledge/commands.js';
import { decide } from '../../../../src/domain/knowledge/decide.js';
import type { KnowledgeContent, KnowledgeEvent } from '../../../../src/domain/knowledge/events.js';
import { evolve, initialState } from '../../../../src/domain/knowledge/evolve.js';
import { excerptOf } from '../../../../src/domain/knowledge/excerpt.js';
import { knowledgeFaults } from '../../../../src/domain/knowledge/faults.js';
import { cosine, fuseRanks } from '../../../../src/domain/knowledge/ranking.js';

const content: KnowledgeContent = { title: 'Export', text: 'How to export.', language: 'en', features: [] };
const changed = { documentId: 'export', at: 5, by: 'key' };
const put = (version: number, text = content.text): KnowledgeCommand => ({
  type: 'PutKnowledgeDocument',
  data: { ...changed, version, content: { ...content, text } },
});
const remove = (version: number): KnowledgeCommand => ({
  type: 'RemoveKnowledgeDocument',
  data: { ...changed, version },
});
const wasPut = (version: number, text = content.text): KnowledgeEvent => ({
  type: 'KnowledgeDocumentPut',
  data: { ...changed, version, content: { ...content, text } },
});
const wasRemoved = (version: number): KnowledgeEvent => ({
  type: 'KnowledgeDocumentRemoved',
  data: { ...changed, version },
});
const given = (...events: KnowledgeEvent[]) => ({
  when: (command: KnowledgeCommand) => decide(command, events.reduce(evolve, initialState)),
});

t.test('a document is written, replaced and removed, each time under a new version', async (t) => {
  t.strictSame(given().when(put(0)), [wasPut(1)]);
  t.strictSame(given(wasPut(1)).when(put(1, 'More.')), [wasPut(2, 'More.')]);
  t.strictSame(given(wasPut(1)).when(remove(1)), [wasRemoved(2)]);
  t.strictSame(given(wasPut(1), wasRemoved(2)).when(put(0)), [wasPut(3)]);
  t.strictSame(given(wasPut(1), wasRemoved(2)).when(put(2)), [wasPut(3)]);
});

t.test('what is so already changes nothing, whatever version was read', async (t) => {
  for (const version of [0, 1, 7]) {
    t.strictSame(given(wasPut(1)).when(put(version)), []);
    t.strictSame(given(wasPut(1), wasRemoved(2)).when(remove(version)), []);
  }
});

t.test('nobody overwrites or removes what they have not read', async (t) => {
  t.throws(() => given(wasPut(1), wasPut(2, 'More.')).when(put(1, 'Other.')), { code: 'conflict' });
  t.throws(() => given(wasPut(1)).when(put(0, 'Other.')), { code: 'conflict' });
  t.throws(() => given(wasPut(1), wasPut(2, 'More.')).when(remove(1)), { code: 'conflict' });
  t.throws(() => given(wasPut(1), wasRemoved(2)).when(put(1)), { code: 'conflict' });
  t.throws(() => given().when(put(3)), { code: 'conflict' });
  t.throws(() => given().when(remove(0)), { code: 'not-found' });
});

t.test('personal values are found in every part', async (t) => {
  const paths = (of: Partial<KnowledgeContent>, id = 'export') =>
    knowledgeFaults(id, { ...content, ...of }).map(({ path }) => path);
  t.strictSame(paths({}), []);
  const mail = 'ada@mail.example';
  t.strictSame(paths({ title: mail, text: `Ask ${mail}.`, features: ['export', mail] }), [
    'title',
    'text',
    'features.1',
  ]);
});

t.test('fuses ranks: what several lists have comes before what one has at the top', async (t) => {
  const fused = fuseRanks([['a', 'b', 'c'], ['d', 'b'], []]);
  t.strictSame(
    fused.map(([id]) => id),
    ['b', 'a', 'd', 'c'],
  );
  t.equal(fused[0]?.[1], 1 / 62 + 1 / 62);
  t.strictSame(fuseRanks([]), []);
});

t.test('compares directions, and nothing that has none', async (t) => {
  const of = (...values: number[]) => Float32Array.from(values);
  t.equal(cosine(of(1, 0), of(3, 0)), 1);
  t.equal(cosine(of(1, 0), of(0, 2)), 0);
  t.equal(cosine(of(1, 0), of(-1, 0)), -1);
  t.equal(cosine(of(0, 0), of(1, 0)), 0);
  t.equal(cosine(of(1, 0), of(1, 0, 0)), 0);
});

t.test('quotes the paragraph that fits, at most 600 characters, whole characters', async (t) => {
  const text = `Welcome.\n\nTo export a report, press Save.\n\nThe end.`;
  t.equal(excerptOf(text, 'EXPORT réport'), 'To export a report, press Save.\n\nThe end.');
  t.equal(excerptOf(text, 'nothing of it'), text);
  t.equal(excerptOf(text, ''), text);
  const long = excerptOf('🙂'.repeat(500), 'x');
  t.ok(long.length <= 600 && /🙂…$/u.test(long));
});
