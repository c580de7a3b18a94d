import fc from 'fast-check';
import t from 'tap';
import { addMonths } from '../../../../src/domain/privacyRequest/dueDate.js';

const iso = (text: string, count: number) => new Date(addMonths(Date.parse(text), count)).toISOString();

t.test('a month is one by calendar, cut to the last day where there is no such day', async (t) => {
  t.equal(iso('2026-03-15T09:10:11.012Z', 1), '2026-04-15T09:10:11.012Z');
  t.equal(iso('2026-01-31T23:59:59.999Z', 1), '2026-02-28T23:59:59.999Z');
  t.equal(iso('2028-01-31T00:00:00Z', 1), '2028-02-29T00:00:00.000Z', 'a leap year');
  t.equal(iso('2026-12-31T12:00:00Z', 1), '2027-01-31T12:00:00.000Z', 'over the year');
  t.equal(iso('2026-11-30T12:00:00Z', 3), '2027-02-28T12:00:00.000Z');
  t.equal(iso('2026-08-31T12:00:00Z', 1), '2026-09-30T12:00:00.000Z');
});

t.test('it never lies earlier than 28 or later than 31 days a month', async (t) => {
  const day = 86_400_000;
  const within = fc.property(
    fc.integer({ min: 0, max: Date.parse('2200-01-01T00:00:00Z') }),
    fc.constantFrom(1, 3),
    (at, count) => {
      const passed = addMonths(at, count) - at;
      return passed >= 28 * day * count && passed <= 31 * day * count && passed % day === 0;
    },
  );
  t.doesNotThrow(() => fc.assert(within));
});
