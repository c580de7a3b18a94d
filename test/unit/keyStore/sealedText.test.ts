import t from 'tap';
import { parseSealed } from '../../../src/keyStore/sealedText.js';

const subject = '0123456789abcdef0123456789abcdef';

t.test('a sealed text says its key version, person and payload', async (t) => {
  t.strictSame(parseSealed(`sealed:v1:12:${subject}:ab-_Z9`), { version: 12, subject, payload: 'ab-_Z9' });
});

t.test('anything else is no sealed text', async (t) => {
  const others = [
    ...[
      '',
      'sealed:v1:',
      `sealed:v2:1:${subject}:ab`,
      `sealed:v1:0:${subject}:ab`,
      `sealed:v1:-1:${subject}:ab`,
    ],
    ...[`sealed:v1:1:${subject.slice(1)}:ab`, `sealed:v1:1:${subject.toUpperCase()}:ab`],
    ...[`sealed:v1:1:${subject}:`, `sealed:v1:1:${subject}:a=`, `sealed:v1:1:${subject}:ab\n`],
    ...[` sealed:v1:1:${subject}:ab`, `sealed:v1:1:${subject}:ab:cd`, `sealed:v1:9999999999:${subject}:ab`],
  ];
  for (const text of others) t.equal(parseSealed(text), undefined, JSON.stringify(text));
});
