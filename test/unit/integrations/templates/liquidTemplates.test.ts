import t from 'tap';
import { renderTemplate, templateFaults } from '../../../../src/integrations/templates/liquidTemplates.js';

const given = {
  where: 'here',
  tone: 'gentle',
  complexity: 'simple',
  channel: 'in_app',
  attempts: 3,
} as const;
const codesOf = (source: string) => [...new Set(templateFaults(source).map(({ code }) => code))];

t.test('knows conditions, defaults and the filters of words and numbers', async (t) => {
  const source =
    '{% if complexity == "simple" %}Short{% else %}Long{% endif %} {{ name | default: "friend" | upcase }}, {{ attempts | plus: 1 }}{# no #}';
  const plain = source.replace('{# no #}', '{% # a note %}{% comment %}no{% endcomment %}');
  t.strictSame(codesOf(plain), []);
  t.equal(renderTemplate(plain, given), 'Short FRIEND, 4');
  t.equal(renderTemplate('{% case tone %}{% when "gentle" %}a{% else %}b{% endcase %}', given), 'a');
  t.equal(renderTemplate('{% unless name %}nobody{% endunless %}', given), 'nobody');
});

t.test('refuses when stored what cannot be rendered or was not meant to be', async (t) => {
  for (const [code, ...sources] of [
    [
      'unknown-variable',
      '{{ email }}',
      '{{ where.size }}',
      '{{ where["constructor"] }}',
      '{{ __proto__ }}',
      '{% if secret %}x{% endif %}',
    ],
    [
      'invalid-template',
      '{{ where',
      '{% if where %}',
      '{% nothing %}',
      '{{ where | nothing }}',
      '{% include "/etc/passwd" %}',
      '{% render "a" %}',
      '{% layout "a" %}',
      '{% for a in (1..3) %}x{% endfor %}',
      '{% assign a = 1 %}',
      '{% capture a %}x{% endcapture %}',
      '{% liquid echo where %}',
      '{% raw %}{{{% endraw %}',
      '{{ where | raw }}',
      '{{ where | replace: "e", "eeeeeeee" }}',
      '{{ (1..1000000000) }}',
    ],
    ['too-long', 'a'.repeat(10_001)],
    ['personal-value', 'Write to ada@mail.example.'],
  ] as const) {
    for (const source of sources) t.strictSame(codesOf(source), [code], source.slice(0, 60));
  }
});

t.test('says where a fault is, without the text around it', async (t) => {
  const [fault] = templateFaults('Zebulon\n{% include "Zebulon" %}');
  t.match(fault?.message, 'Line 2: include is not among');
  t.notMatch(JSON.stringify([fault, ...templateFaults('Zebulon {% if %}')]), /Zebulon/);
  t.match(templateFaults('{{ where | sorted }}')[0]?.message, 'Line 1: sorted is not among');
});

t.test('a stored template that asks for what is not given is an error, never an empty gap', async (t) => {
  t.throws(() => renderTemplate('Hello {{ name }}.', given), /undefined variable/);
  t.throws(() => renderTemplate('{{ toString }}', given), /undefined variable/);
  t.throws(() => renderTemplate('{{ constructor }}', given), /undefined variable/);
});

t.test('a value is never a template, and stands as it is', async (t) => {
  t.equal(renderTemplate('{{ where }}', { where: '{{ name }} <b>' }), '{{ name }} <b>');
});

t.test('takes little time and memory, whatever the source', async (t) => {
  const doubling = `{{ where ${'| append: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" '.repeat(150)} }}`;
  t.throws(() => renderTemplate(doubling, given), /memory alloc limit/);
});
