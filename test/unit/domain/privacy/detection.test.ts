import t, { type Test } from 'tap';
import { findPersonal, isPersonalNumber } from '../../../../src/domain/privacy/detection.js';
import type { PersonalKind } from '../../../../src/domain/privacy/personalRange.js';

/** What was found, as `kind:text`. */
function found(text: string): string[] {
  return findPersonal(text).map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`);
}

function finds(t: Test, kind: PersonalKind, texts: readonly string[]): void {
  for (const text of texts) {
    t.strictSame(found(text), [`${kind}:${text}`], text);
    t.strictSame(found(`Ask for ${text}, please`), [`${kind}:${text}`], `${text} in a sentence`);
  }
}

function findsNothing(t: Test, texts: readonly string[]): void {
  for (const text of texts) t.strictSame(found(text), [], text);
}

t.test('e-mail addresses', async (t) => {
  finds(t, 'email', [
    'a@b.de',
    'ada@example.com',
    'ADA.LOVELACE@EXAMPLE.CO.UK',
    'first.last+tag@sub.example.org',
    'o’brien@example.com',
    "o'brien@example.com",
    'x_y-z@example-mail.travel',
    '1234567890@qq.com',
    'user%40example.com',
    'jürgen@münchen.de',
    '用户@例子.公司',
    'a@xn--mnchen-3ya.xn--p1ai',
    '"ada lovelace"@example.com',
    'postmaster@mail.example.museum',
  ]);
  findsNothing(t, [
    '@types/node',
    'react@18.2.0',
    'user@host',
    'logo@2x.png',
    'icon@1.5x.webp',
    'a @ b.com',
    '@ada.example',
    'price @ 3.50',
    'mail@',
    '@@@@@@@@',
    'ada@.com',
    'ada@example..com',
    '100%403',
  ]);
  t.strictSame(found('Mail ada@example.com. Or bob@example.org!'), [
    'email:ada@example.com',
    'email:bob@example.org',
  ]);
  t.strictSame(found('<ada@example.com>'), ['email:ada@example.com']);
  t.strictSame(found('mailto:ada@example.com?subject=x'), ['email:ada@example.com']);
});

t.test('phone numbers', async (t) => {
  finds(t, 'phone', [
    '+49 30 901820',
    '+4930901820',
    '+49 (0)30 901820',
    '+49 (30) 90 18 20',
    '+49-170-1234567',
    '+49 170/1234567',
    '+1 202-555-0123',
    '+12025550123',
    '+1 (202) 555-0123',
    '+1.202.555.0123',
    '+44 20 7946 0958',
    '+442079460958',
    '+33 1 42 68 53 00',
    '+33142685300',
    '+39 06 6982',
    '+91 98765 43210',
    '+86 138 0013 8000',
    '+81 3-1234-5678',
    '+55 11 91234-5678',
    '+971 50 123 4567',
    '+358 40 1234567',
    '+7 495 123-45-67',
    '0049 30 901820',
    '0049-170-1234567',
    '00491701234567',
    '030 901820',
    '030/901820',
    '030-90182000',
    '(030) 901820',
    '0170 1234567',
    '0170/1234567',
    '0170 123 45 67',
    '01701234567',
    '020 7946 0958',
    '07911 123456',
    '07911123456',
    '01 42 68 53 00',
    '01.42.68.53.00',
    '0142685300',
    '0412 345 678',
    '202-555-0123',
    '(202) 555-0123',
    '202.555.0123',
    '202 555 0123',
    '1-202-555-0123',
    '1 (202) 555-0123',
    '(11) 96123-4567',
    '(21) 2123 4567',
    '8 (912) 345-67-89',
  ]);
  findsNothing(t, [
    '12345678',
    '1234567890',
    '20240115103000',
    '1705315800',
    '1705315800000',
    '1705315800.123',
    '2024-01-15',
    '2024-01-15T10:30:00.000Z',
    '2024-01-15 10:30:00',
    '2024-01-15T10:30:00+01:00',
    '15.01.2024 10:30',
    '01-02-2024 10:30',
    '01/02/2024 1030',
    '01.02.2024',
    'GMT+0200 (Central European Summer Time)',
    'ORD-2024-0001234567',
    'order #0301234567',
    'A0301234567',
    '302-1234567-1234567',
    '000012345678',
    '0012345678',
    '550e8400-e29b-41d4-a716-446655440000',
    '00000000-0000-0000-0000-000000000000',
    'd41d8cd98f00b204e9800998ecf8427e',
    '9007199254740991',
    '1.2.3.4567890',
    '10.0.19045.3570',
    '4.18.0-513.5.1.el8',
    '0306406152',
    '978-3-16-148410-0',
    '9783161484100',
    '3.14159265358979',
    '52.520008, 13.404954',
    '-33.8688197,151.2092955',
    '1,234,567,890',
    '1 234 567 890',
    '+123',
    '2+12345678',
    '1920x1080',
    '08:00-19:00',
    '#0123456789',
    'sku 123-456-7890',
    'lesson-12-34-56-78',
    '175928847299117063',
    'mooc-645-4444-2014-05-28-0',
    'i4x://edX/6.002x/video/0123456789abcdef',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_2_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  ]);
  t.strictSame(found('202-555-0123 or 202-555-0124'), ['phone:202-555-0123', 'phone:202-555-0124']);
  t.strictSame(found('tel:+4930901820'), ['phone:+4930901820']);
  t.strictSame(found('order 12345 of 0170 1234567'), ['phone:0170 1234567']);
});

/** Test numbers that issuers and payment providers publish. */
t.test('card numbers', async (t) => {
  finds(t, 'card', [
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4222222222222',
    '4012888888881881',
    '5555555555554444',
    '5105 1051 0510 5100',
    '2223003122003222',
    '2720990000000007',
    '378282246310005',
    '3782 822463 10005',
    '371449635398431',
    '30569309025904',
    '3056 930902 5904',
    '38520000023237',
    '36227206271667',
    '6011111111111117',
    '6011000990139424',
    '3530111333300000',
    '3566002020360505',
    '6200000000000005',
    '6759649826438453',
    '5066991111111118',
    '9792020000000001',
    '2200000000000053',
  ]);
  findsNothing(t, [
    '4111111111111112',
    '1234567812345670',
    '4111 1111 1111 1112',
    '411111111111111',
    '41111111111111111',
    'x4111111111111111',
    '4111111111111111a',
    '0000000000000000',
    '1705315800000',
    '4111-111111111111',
    '12-4111-1111-1111-1111',
    '99999999999999999999999999',
  ]);
  t.equal(isPersonalNumber(4111111111111111), true);
  t.equal(isPersonalNumber(378282246310005), true);
  for (const number of [1705315800000, 0, -4111111111111111, 4111111111111112, 1e300, 0.5, 4111111111111.5])
    t.equal(isPersonalNumber(number), false, String(number));
});

/** Examples of the SWIFT IBAN Registry. */
t.test('IBANs', async (t) => {
  finds(t, 'iban', [
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'de89 3704 0044 0532 0130 00',
    'GB29NWBK60161331926819',
    'GB29 NWBK 6016 1331 9268 19',
    'FR1420041010050500013M02606',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NL91ABNA0417164300',
    'CH9300762011623852957',
    'AT611904300234573201',
    'BE68539007547034',
    'ES9121000418450200051332',
    'IT60X0542811101000000123456',
    'NO9386011117947',
    'PL61109010140000071219812874',
    'MT84MALT011000012345MTLCAST001S',
    'LC55HEMM000100010012001200023015',
    'SE4550000000058398257466',
    'KZ86125KZT5004100100',
    'DE89-3704-0044-0532-0130-00',
  ]);
  findsNothing(t, [
    'DE89370400440532013001',
    'DE8937040044053201300',
    'DE893704004405320130000',
    'XX89370400440532013000',
    'XDE89370400440532013000',
    'GB29NWBK60161331926818',
    'AB12345678',
  ]);
});

t.test('IP addresses', async (t) => {
  finds(t, 'ip', [
    '192.0.2.7',
    '8.8.8.8',
    '203.0.113.195',
    '10.1.2.3',
    '2001:db8::1',
    '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
    'fe80::1ff:fe23:4567:890a',
    '2a00:1450:4001:81b::200e',
    '::ffff:192.0.2.128',
    '64:ff9b:1:2:3:4:5:6',
    '2001:DB8::A1',
  ]);
  findsNothing(t, [
    '127.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '120.0.0.0',
    'Chrome/120.0.6.109',
    'v1.2.3.4',
    '1.2.3.4.5',
    '1.2.3',
    '256.1.1.1',
    '1.2.3.400',
    '1.2.3.4-beta',
    '12:30:45',
    '00:1A:2B:3C:4D:5E',
    'std::vector',
    'a::before',
    'dead::',
    '::1',
    '2001:db8:::1',
    '1:2:3:4:5:6:7:8:9',
    'rv:1.9.2.28',
  ]);
  t.strictSame(found('[2001:db8::1]:443'), ['ip:2001:db8::1']);
  t.strictSame(found('from 192.0.2.7:8080'), ['ip:192.0.2.7']);
  t.strictSame(findPersonal('192.0.2.7', { ipAddresses: false }), []);
});

t.test('hostile texts of a megabyte take time in proportion to their length', async (t) => {
  const megabyte = 1 << 20;
  const units = [
    '@',
    'a@',
    'a.',
    '1',
    '1 ',
    '+1',
    '0 ',
    '01-',
    '1.',
    '1:',
    ':',
    'a:',
    '%40',
    '4111 ',
    'DE89',
    '(',
  ];
  const texts = units.map((unit) => unit.repeat(megabyte / unit.length));
  texts.push(
    `+${'1 '.repeat(megabyte)}`,
    `${'a'.repeat(megabyte)}@${'b.'.repeat(megabyte)}`,
    `?${'='.repeat(megabyte)}`,
  );
  for (const text of texts) t.ok(findPersonal(text).length <= megabyte, text.slice(0, 10));
});
