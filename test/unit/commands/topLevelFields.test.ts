import fc from 'fast-check';
import t from 'tap';
import { textFieldsOf } from '../../../src/commands/topLevelFields.js';

const names = ['userId', 'anonymousId'];
const fieldsOf = (json: string) => Object.fromEntries(textFieldsOf(json, names));

t.test('only the fields of the message itself count', async (t) => {
  t.same(fieldsOf('{"properties":{"userId":"victim"},"userId":"sender"}'), { userId: 'sender' });
  t.same(fieldsOf('{"a":[{"userId":"victim"}]}'), {});
  t.same(fieldsOf('{"note":"\\"userId\\":\\"victim\\"","anonymousId":"a"}'), { anonymousId: 'a' });
  t.same(fieldsOf('{"note":"userId","x":"y"}'), {});
  t.same(fieldsOf('{"userId":"first","userId":"last"}'), { userId: 'last' });
  t.same(fieldsOf('{"userId":"first","userId":{"a":1}}'), {});
  t.same(fieldsOf(' {"user\\u0049d" : "\\u0061da" }'), { userId: 'ada' });
  t.same(fieldsOf('{"userId":42}'), { userId: '42' });
  for (const other of ['', 'null', '"userId"', '[{"userId":"a"}]', '{"userId":null}', '{"userId"'])
    t.same(fieldsOf(other), {}, other);
});

t.test('a text that was cut tells what stands before the cut', async (t) => {
  t.same(fieldsOf('{"userId":"ada","properties":{"text":"aaaa'), { userId: 'ada' });
  t.same(fieldsOf('{"properties":{"text":"aaaa'), {});
  t.same(fieldsOf('{"userId":"ad'), {});
});

t.test('as a JSON parser reads them', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('userId', 'anonymousId', 'a'), fc.jsonValue()), (value) => {
      const expected: Record<string, string> = {};
      for (const name of names) {
        const field: unknown = Object.hasOwn(value, name) ? value[name] : undefined;
        if (typeof field === 'string' || typeof field === 'number') expected[name] = String(field);
      }
      const found = fieldsOf(JSON.stringify(value));
      for (const name of names) if (found[name] !== expected[name]) return false;
      return true;
    }),
  );
});
