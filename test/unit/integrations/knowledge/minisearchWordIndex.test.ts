import t from 'tap';
import type { KnowledgeContent } from '../../../../src/domain/knowledge/events.js';
import { minisearchWordIndex } from '../../../../src/integrations/knowledge/minisearchWordIndex.js';

const any = () => true;
const entry = (language: string, title: string, text: string): KnowledgeContent => ({
  title,
  text,
  language,
  features: [],
});

function filled() {
  const index = minisearchWordIndex();
  index.put('export', entry('en', 'Export a report', 'Choose Export and press Save. The file is a PDF.'));
  index.put('login', entry('en', 'Sign in', 'Use the link in the mail. Reports need no sign-in.'));
  index.put('de', entry('de', 'Überweisungen', 'Eine Überweisung wird am nächsten Tag ausgeführt.'));
  index.put('ja', entry('ja', 'レポートの書き出し', 'レポートを書き出すには保存を押します。'));
  index.put('th', entry('th', 'ส่งออกรายงาน', 'กดบันทึกเพื่อส่งออกรายงาน'));
  return index;
}

t.test('finds by words, titles first, endings, slips and accents forgiven', async (t) => {
  const index = filled();
  const find = (text: string, language?: string) => index.search(text, language, any, 5);
  t.strictSame(find('report'), ['export', 'login']);
  t.equal(find('exporrt report')[0], 'export', 'a slip of the pen');
  t.equal(find('uberweisung', 'de')[0], 'de');
  t.strictSame(find('nothing like it zzz'), []);
  t.strictSame(find('  '), []);
  t.strictSame(find('<script> ) OR 1=1 *'), []);
});

t.test('parts words also where a language writes no spaces', async (t) => {
  const index = filled();
  t.equal(index.search('保存', 'ja', any, 5)[0], 'ja');
  t.equal(index.search('รายงาน', 'th', any, 5)[0], 'th');
  t.equal(index.search('保存', undefined, any, 5)[0], 'ja');
});

t.test('replaces, removes and filters', async (t) => {
  const index = filled();
  index.put('export', entry('en', 'Printing', 'Press Print.'));
  t.strictSame(index.search('export', 'en', any, 5), []);
  t.strictSame(index.search('print', 'en', any, 5), ['export']);
  index.remove('export');
  index.remove('export');
  t.strictSame(index.search('print', 'en', any, 5), []);
  index.put('export', entry('en', 'Report again', 'As before.'));
  t.strictSame(
    index.search('report', 'en', (id) => id !== 'login', 5),
    ['export'],
  );
  t.equal(index.search('report', 'en', any, 1).length, 1);
});

t.test('a language that is none is searched like any', async (t) => {
  const index = minisearchWordIndex();
  for (const language of ['', 'not a language', '__proto__', 'x'.repeat(100)]) {
    index.put('a', entry(language, 'One word', 'And others.'));
    t.strictSame(index.search('word', language, any, 5), ['a'], language);
  }
});

t.test('a long question costs little', async (t) => {
  t.equal(filled().search('reports '.repeat(200_000), 'en', any, 5)[0], 'login');
  t.equal(filled().search('x'.repeat(2_000_000), 'en', any, 5).length, 0);
});
