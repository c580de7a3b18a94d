import fc from 'fast-check';
import t from 'tap';
import { firstLinkOf, piecesOf, rewriteLinks } from '../../../src/commands/textLinks.js';

const seed = Number(process.env.SEED ?? 20_261);
const marked = (url: string) => `[${url}]`;

t.test('the addresses of a message are replaced, and nothing else', async (t) => {
  const cases: [string, string][] = [
    ['See https://a.example/x?b=1&c=2.', 'See [https://a.example/x?b=1&c=2].'],
    ['(http://a.example/)', '([http://a.example/])'],
    ['HTTPS://A.example/ and https://b.example', '[HTTPS://A.example/] and [https://b.example]'],
    [
      'javascript:alert(1) ftp://a.example mailto:a@b.example',
      'javascript:alert(1) ftp://a.example mailto:a@b.example',
    ],
    ['xhttps://a.example', 'xhttps://a.example'],
    ['"https://a.example/"onclick', '"[https://a.example/]"onclick'],
    ['https://', 'https://'],
    [`https://a.example/${'x'.repeat(3000)}`, `https://a.example/${'x'.repeat(3000)}`],
  ];
  for (const [text, expected] of cases) t.equal(rewriteLinks(text, marked), expected);
});

t.test('no more than twenty', async (t) => {
  const text = Array.from({ length: 30 }, (_, index) => `https://a.example/${index}`).join(' ');
  const links = piecesOf(text).filter((piece) => 'url' in piece);
  t.equal(links.length, 20);
  t.match(rewriteLinks(text, marked), / https:\/\/a\.example\/29$/);
});

t.test('the first', async (t) => {
  t.equal(firstLinkOf('a https://a.example/1, https://a.example/2'), 'https://a.example/1');
  t.equal(firstLinkOf('nothing'), undefined);
});

t.test('the pieces of any text are the text', async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('https://a.example/é?x=(1)', 'http://', '<https://b.example>', ' ', '\n'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const text = words.join('');
      const joined = piecesOf(text).map((piece) => ('url' in piece ? piece.url : piece.text));
      return joined.join('') === text;
    }),
    { seed },
  );
});
