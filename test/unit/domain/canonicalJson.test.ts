import fc from 'fast-check';
import t from 'tap';
import { canonicalJson } from '../../../src/domain/canonicalJson.js';

t.test('the examples of RFC 8785, sections 3.2.2 and 3.2.3', async (t) => {
  const value: unknown = JSON.parse(
    String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
  );
  t.equal(
    canonicalJson(value),
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const sorted = JSON.parse(canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))) as object;
  // "1" is first among the members of a parsed object whatever stood in the text, so the text is looked at.
  t.strictSame(new Set(Object.keys(sorted)), new Set(names));
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
  const order = ['"\\r"', '"1"', '"\u0080"', '"\u00f6"', '"\u20ac"', '"\ud83d\ude00"', '"\ufb33"'];
  t.strictSame(text, `{${order.map((name) => `${name}:0`).join(',')}}`);
});

t.test('numbers of RFC 8785, appendix B', async (t) => {
  const cases: [string, string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555554', '333333333.33333325'],
  ];
  for (const [bits, expected] of cases) {
    t.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), expected);
  }
});

t.test('it is the same for what is read back, and does not depend on the order of members', async () => {
  const member = fc.oneof(fc.jsonValue(), fc.double(), fc.constant(undefined), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(member, fc.array(member))), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      const text = canonicalJson(value);
      return text === canonicalJson(reversed) && text === canonicalJson(JSON.parse(JSON.stringify(value)));
    }),
  );
});

t.test('half of a surrogate pair has a text', async (t) => {
  t.equal(canonicalJson({ '\ud800': '\udfff' }), String.raw`{"\ud800":"\udfff"}`);
});

t.test('what JSON has no text for is left out of objects and null elsewhere', async (t) => {
  t.equal(canonicalJson({ b: undefined, a: [undefined, 1, Number.NaN] }), '{"a":[null,1,null]}');
});
