import { readFileSync } from 'node:fs';
import t from 'tap';
import type { JsonObject, JsonValue } from '../../../src/domain/json.js';
import { parseJsonText } from '../../../src/http/ingestion/json.js';
import {
  adaptSegmentBatch,
  adaptSegmentCall,
  adaptSegmentHistory,
} from '../../../src/http/ingestion/segment.js';
import { sharedData } from '../../support/sharedData.js';

const receivedAt = Date.parse('2026-03-01T12:00:00.000Z');
const received = { receivedAt, needsCleaning: false };
const hour = 3_600_000;

function adaptBatch(...batch: JsonValue[]) {
  return adaptSegmentBatch({ batch }, received);
}

function onlyMessage(event: JsonObject, batch: JsonObject = {}) {
  const { messages, rejected } = adaptSegmentBatch({ ...batch, batch: [event] }, received);
  t.same(rejected, []);
  const [message] = messages;
  if (message === undefined) throw new Error('no message came out');
  return message;
}

const track = { type: 'track', event: 'Lesson Opened', userId: 'u-1', messageId: 'm-1' };

t.test('each kind of call becomes a message with what the person did', async (t) => {
  const common = { anonymousId: 'a-1', messageId: 'm', timestamp: '2026-03-01T11:00:00.000Z' };
  const expected = { anonymousId: 'a-1', messageId: 'm', occurredAt: receivedAt - hour };
  const cases: [JsonObject, JsonObject][] = [
    [
      { type: 'track', event: 'E', properties: { a: 1 } },
      { kind: 'track', name: 'E', properties: { a: 1 } },
    ],
    [
      { type: 'page', name: 'N', category: 'C', properties: { url: 'u' } },
      { kind: 'page', name: 'N', category: 'C', properties: { url: 'u' } },
    ],
    [
      { type: 'screen', name: 'N' },
      { kind: 'screen', name: 'N' },
    ],
    [
      { type: 'identify', userId: 'u', traits: { plan: 'x' } },
      { kind: 'identify', userId: 'u', traits: { plan: 'x' } },
    ],
    [
      { type: 'group', groupId: 'g', traits: { size: 3 } },
      { kind: 'group', groupId: 'g', traits: { size: 3 } },
    ],
    [
      { type: 'alias', userId: 'u', previousId: 'p' },
      { kind: 'alias', userId: 'u', previousId: 'p' },
    ],
  ];
  for (const [sent, got] of cases) {
    t.strictSame(onlyMessage({ ...common, ...sent }), { index: 0, ...expected, ...got });
  }
});

t.test('the address of a single call says the type', async (t) => {
  const { messages } = adaptSegmentCall('page', { ...track, type: 'track' }, received);
  t.equal(messages[0]?.kind, 'page');
});

t.test('ip and traits leave the context, and an ip that is none is left out', async (t) => {
  const message = onlyMessage({
    ...track,
    context: { ip: '203.0.113.9', traits: { email: 'x' }, locale: 'de' },
  });
  t.strictSame(message.context, { locale: 'de' });
  t.equal(message.ip, '203.0.113.9');
  t.strictSame(message.traits, { email: 'x' });
  t.notOk('ip' in onlyMessage({ ...track, context: { ip: 'not an address' } }));
});

t.test("the batch's context holds where a message has none of its own", async (t) => {
  const message = onlyMessage({ ...track, context: { b: 2 } }, { context: { a: 1, b: 1 } });
  t.strictSame(message.context, { a: 1, b: 2 });
});

t.test('clock skew', async (t) => {
  const iso = (time: number) => new Date(time).toISOString();
  const occurredAt = (event: JsonObject, batch: JsonObject = {}) =>
    onlyMessage({ ...track, ...event }, batch).occurredAt;

  t.equal(occurredAt({}), receivedAt, 'without any time it happened when it was received');
  t.equal(occurredAt({ timestamp: iso(receivedAt - 5) }), receivedAt - 5, 'a time alone is taken as it is');
  t.equal(
    occurredAt({ timestamp: iso(receivedAt + hour - 7000) }, { sentAt: iso(receivedAt + hour) }),
    receivedAt - 7000,
    'a clock an hour ahead is corrected',
  );
  t.equal(
    occurredAt({ originalTimestamp: iso(receivedAt - hour - 9), sentAt: iso(receivedAt - hour) }),
    receivedAt - 9,
    'a clock an hour behind is corrected, by the times of the message itself',
  );
  t.equal(
    occurredAt({ timestamp: iso(receivedAt - 400 * hour), sentAt: iso(receivedAt - 300 * hour) }),
    receivedAt - 400 * hour,
    'a sentAt long ago speaks of another delivery',
  );
  t.equal(
    occurredAt({
      timestamp: iso(receivedAt - 90 * hour),
      originalTimestamp: iso(receivedAt + hour),
      sentAt: iso(receivedAt + hour),
    }),
    receivedAt - 90 * hour,
    'a time that the client was told beside its own is taken as it is',
  );
  t.equal(occurredAt({ timestamp: iso(receivedAt + hour) }), receivedAt, 'nothing happens in the future');
  const [recorded] = adaptSegmentHistory(
    [{ ...track, timestamp: iso(receivedAt - hour), sentAt: iso(receivedAt - hour / 2) }],
    received,
  ).messages;
  t.equal(recorded?.occurredAt, receivedAt - hour, 'history keeps its own times');
});

t.test('message ids', async (t) => {
  const { messageId: _, ...withoutId } = track;
  const timed = { ...withoutId, timestamp: '2026-03-01T11:00:00Z', properties: { a: 1, b: [2] } };
  const id = onlyMessage(timed).messageId;
  const reordered = { properties: { b: [2], a: 1 }, ...withoutId, timestamp: timed.timestamp };
  t.equal(
    onlyMessage({ ...reordered, sentAt: '2026-03-01T11:59:59Z' }).messageId,
    id,
    'content alone counts',
  );
  t.not(onlyMessage({ ...timed, properties: { a: 2, b: [2] } }).messageId, id);
  t.not(
    onlyMessage(withoutId).messageId,
    onlyMessage(withoutId).messageId,
    'two clicks without times are two',
  );
});

t.test('ids', async (t) => {
  t.equal(onlyMessage({ ...track, userId: 42 }).userId, '42');
  t.equal(onlyMessage({ ...track, userId: '😀'.repeat(128) }).userId, '😀'.repeat(128));
  t.notOk('userId' in onlyMessage({ ...track, userId: '', anonymousId: 'a' }), 'an empty id is none');
  const refused: [JsonObject, string][] = [
    [{ userId: null, anonymousId: '' }, 'missing-id'],
    [{ userId: 2 ** 53 }, 'invalid-user-id'],
    [{ userId: 1.5 }, 'invalid-user-id'],
    [{ userId: 'x'.repeat(257) }, 'invalid-user-id'],
    [{ userId: 'a\0b' }, 'invalid-user-id'],
    [{ userId: 'a\u{85}' }, 'invalid-user-id'],
    [{ userId: 'a\ud800' }, 'invalid-user-id'],
    [{ userId: ['a'] }, 'invalid-user-id'],
    [{ anonymousId: { a: 1 } }, 'invalid-anonymous-id'],
    [{ messageId: 'm\n' }, 'invalid-message-id'],
    [{ type: 'group', groupId: '' }, 'invalid-group-id'],
    [{ type: 'group' }, 'invalid-group-id'],
    [{ type: 'alias', previousId: null }, 'invalid-previous-id'],
  ];
  for (const [fields, code] of refused) {
    const { rejected, messages } = adaptBatch({ ...track, ...fields });
    t.equal(rejected[0]?.code, code, `${JSON.stringify(fields)} is ${code}`);
    t.same(messages, []);
  }
});

t.test('one bad event never fails the batch, and says where it stood and why', async (t) => {
  const { messages, rejected } = adaptBatch(
    track,
    'no object',
    { ...track, type: 'dance' },
    { ...track, event: '' },
    { ...track, properties: [1] },
    { ...track, timestamp: 'yesterday' },
    { ...track, timestamp: '2026-03-01T11:00:00' },
    { ...track, timestamp: '1969-12-31T23:59:59Z' },
    { ...track, name: 'last' },
  );
  t.same(
    messages.map(({ index }) => index),
    [0, 8],
  );
  t.same(
    rejected.map(({ index, code, messageId }) => [index, code, messageId]),
    [
      [1, 'not-an-object', null],
      [2, 'unknown-type', 'm-1'],
      [3, 'invalid-event-name', 'm-1'],
      [4, 'invalid-field', 'm-1'],
      [5, 'invalid-timestamp', 'm-1'],
      [6, 'invalid-timestamp', 'm-1'],
      [7, 'invalid-timestamp', 'm-1'],
    ],
  );
  t.match(rejected[3]?.message, /properties/, 'the field at fault is named');
  for (const { message } of rejected) t.notMatch(message, /dance|yesterday/, 'no value is repeated');
  t.same(
    JSON.parse(rejected[1]?.payload ?? ''),
    { ...track, type: 'dance' },
    'the quarantine gets it as received',
  );
});

t.test('limits of one event', async (t) => {
  const codeOf = (properties: JsonObject) => adaptBatch({ ...track, properties }).rejected[0]?.code;
  t.equal(codeOf({ text: 'x'.repeat(32_000) }), undefined);
  t.equal(codeOf({ text: 'x'.repeat(33_000) }), 'event-too-large');
  t.equal(codeOf({ text: 'é'.repeat(17_000) }), 'event-too-large', 'bytes count, not characters');
  t.equal(codeOf({ n: Number.POSITIVE_INFINITY }), 'invalid-number');
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  t.equal(codeOf(nested(31)), undefined);
  t.equal(codeOf(nested(32)), 'too-deep');
});

t.test('what the quarantine keeps is bounded and never holds a key', async (t) => {
  const { rejected } = adaptBatch({ type: 'none', writeKey: 'wk_secret', text: 'é'.repeat(60_000) });
  const payload = rejected[0]?.payload ?? '';
  t.ok(Buffer.byteLength(payload) <= 32 * 1024);
  t.notMatch(payload, /wk_secret|\u{fffd}/u);
});

t.test('broken text and __proto__ are mended outside of ids', async (t) => {
  const text = String.raw`{"type":"track","event":"E","userId":"u","properties":{"a\u0000":"x\ud800y","__proto__":{"admin":true},"constructor":{"prototype":1},"ok":"\ud83d\ude00"}}`;
  const { value, needsCleaning } = parseJsonText(text);
  const { properties } = adaptSegmentCall('track', value, { receivedAt, needsCleaning }).messages[0] ?? {};
  t.equal(
    JSON.stringify(properties),
    JSON.stringify({ 'a\u{fffd}': 'x\u{fffd}y', constructor: { prototype: 1 }, ok: '😀' }),
  );
  t.equal(Object.getPrototypeOf(properties), Object.prototype);
});

const events = sharedData('segment_events', 'all-segment-events-snapshot.json');
t.test('one recorded payload of each call', { skip: events.missing }, async (t) => {
  const batch: JsonObject[] = JSON.parse(readFileSync(events.path, 'utf8'));
  const { messages, rejected } = adaptSegmentHistory(batch, received);
  t.same(rejected, []);
  t.same(
    messages.map(({ kind, messageId, userId, anonymousId, occurredAt }) => ({
      type: kind,
      messageId,
      userId: userId ?? null,
      anonymousId: anonymousId ?? null,
      timestamp: new Date(occurredAt).toISOString(),
    })),
    batch.map(({ type, messageId, userId = null, anonymousId = null, timestamp }) => ({
      type,
      messageId,
      userId,
      anonymousId,
      timestamp,
    })),
  );
});
