import t from 'tap';
import { utcOffsets } from '../../../../src/commands/help/utcOffsets.js';
import { quietUntil } from '../../../../src/domain/decision/quietHours.js';

const night = { from: '22:00', to: '07:00' };

function until(timeZone: string, now: string, hours = night): string | null {
  const at = Date.parse(now);
  const end = quietUntil(hours, utcOffsets(timeZone, at), at);
  return end === undefined ? null : new Date(end).toISOString();
}

t.test('quiet hours go by the clock where the person is', async (t) => {
  t.equal(until('UTC', '2026-01-10T21:59:59Z'), null);
  t.equal(until('UTC', '2026-01-10T22:00:00Z'), '2026-01-11T07:00:00.000Z');
  t.equal(until('UTC', '2026-01-11T06:59:59.999Z'), '2026-01-11T07:00:00.000Z');
  t.equal(until('UTC', '2026-01-11T07:00:00Z'), null);
  t.equal(until('Europe/Berlin', '2026-01-10T21:30:00Z'), '2026-01-11T06:00:00.000Z');
  t.equal(until('America/Los_Angeles', '2026-01-10T21:30:00Z'), null);
  t.equal(until('Asia/Kathmandu', '2026-01-10T16:20:00Z'), '2026-01-11T01:15:00.000Z');
  t.equal(until('UTC', '2026-01-10T12:30:00Z', { from: '12:00', to: '13:00' }), '2026-01-10T13:00:00.000Z');
});

t.test('a night in which the clocks change ends when they show the hour', async (t) => {
  // Berlin goes from UTC+1 to UTC+2 at 01:00 UTC on 29 March 2026, and back at 01:00 UTC on 25 October.
  t.equal(until('Europe/Berlin', '2026-03-28T21:30:00Z'), '2026-03-29T05:00:00.000Z');
  t.equal(until('Europe/Berlin', '2026-10-24T20:30:00Z'), '2026-10-25T06:00:00.000Z');
  t.equal(until('America/New_York', '2026-03-08T05:30:00Z'), '2026-03-08T11:00:00.000Z');
});

t.test('an end that the clocks leap over is when they have leapt', async (t) => {
  const hours = { from: '22:00', to: '02:30' };
  t.equal(until('Europe/Berlin', '2026-03-29T00:30:00Z', hours), '2026-03-29T01:00:00.000Z');
  // Where an hour comes twice, the first time counts.
  t.equal(until('Europe/Berlin', '2026-10-24T23:30:00Z', hours), '2026-10-25T00:30:00.000Z');
});

t.test('a zone that does not exist is UTC', async (t) => {
  t.equal(until('Middle/Earth', '2026-01-10T22:30:00Z'), '2026-01-11T07:00:00.000Z');
});

t.test('at the end a message is no longer in quiet hours, wherever and whenever', async (t) => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Tehran',
  ];
  const quarter = 15 * 60_000;
  let quiet = 0;
  for (const zone of zones) {
    const faults: string[] = [];
    for (let day = 0; day < 365; day += 1) {
      const at = Date.parse('2026-01-01T00:00:00Z') + day * 86_400_000 + ((day * 7) % 96) * quarter;
      const end = quietUntil(night, utcOffsets(zone, at), at);
      if (end === undefined) continue;
      quiet += 1;
      const isOver = quietUntil(night, utcOffsets(zone, end), end) === undefined;
      if (end <= at || end > at + 86_400_000 || !isOver) faults.push(new Date(at).toISOString());
    }
    t.same(faults, [], zone);
  }
  t.ok(quiet > 500);
});
