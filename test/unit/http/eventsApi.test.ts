import t from 'tap';
import type { JsonObject } from '../../../src/domain/json.js';
import { adaptApiEvents } from '../../../src/http/ingestion/eventsApi.js';

const received = { receivedAt: Date.parse('2026-03-01T12:00:00.000Z'), needsCleaning: false };
const event = { userId: 'u-1', sessionId: 's-1', timestamp: '2026-03-01T11:00:00.000Z' };

function adaptOne(fields: JsonObject) {
  return adaptApiEvents({ ...event, ...fields }, received);
}

t.test('every event type has its kind and name', async (t) => {
  const cases: [JsonObject, string, string | undefined][] = [
    [{ eventType: 'page_view', eventData: { name: 'Start' } }, 'page', 'Start'],
    [{ eventType: 'page_view' }, 'page', undefined],
    [{ eventType: 'video_engagement', eventData: { action: 'pause' } }, 'track', 'Video Playback Paused'],
    [{ eventType: 'video_engagement', eventData: { action: 'shared' } }, 'track', 'Video Engagement'],
    [{ eventType: 'feature_interaction' }, 'track', 'Feature Interaction'],
    [{ eventType: 'struggle_signal' }, 'track', 'Struggle Signal'],
    [{ eventType: 'feature_usage' }, 'track', 'Feature Usage'],
    [{ eventType: 'task_completion' }, 'track', 'Task Completion'],
    [{ eventType: 'abandonment' }, 'track', 'Abandonment'],
  ];
  for (const [fields, kind, name] of cases) {
    const { messages, rejected } = adaptOne(fields);
    t.same(rejected, []);
    t.match(messages[0], { kind, occurredAt: Date.parse(event.timestamp) });
    t.equal(messages[0]?.name, name);
  }
});

t.test('nothing the client said is lost, and the address of the device is kept apart', async (t) => {
  const [message] = adaptOne({
    eventType: 'feature_interaction',
    featureId: 'upload',
    eventData: { attemptCount: 3 },
    deviceInfo: { type: 'mobile', ip: '203.0.113.9' },
    userContext: { plan: 'basic' },
  }).messages;
  t.strictSame(message?.properties, { featureId: 'upload', attemptCount: 3 });
  t.strictSame(message?.context, {
    clientSessionId: 's-1',
    device: { type: 'mobile' },
    userContext: { plan: 'basic' },
  });
  t.equal(message?.ip, '203.0.113.9');
});

t.test('an array is many events, each with its own answer', async (t) => {
  const { messages, rejected } = adaptApiEvents(
    [
      { ...event, eventType: 'page_view' },
      { ...event, eventType: 'dance' },
      { eventType: 'page_view' },
      { ...event, eventType: 'page_view', eventData: 'text' },
      { ...event, eventType: 'abandonment' },
    ],
    received,
  );
  t.same(
    messages.map(({ index }) => index),
    [0, 4],
  );
  t.same(
    rejected.map(({ index, code }) => [index, code]),
    [
      [1, 'unknown-type'],
      [2, 'missing-id'],
      [3, 'invalid-field'],
    ],
  );
});

t.test('the same event again has the same derived message id', async (t) => {
  const fields = { eventType: 'task_completion', eventData: { taskId: 't' } };
  t.equal(adaptOne(fields).messages[0]?.messageId, adaptOne(fields).messages[0]?.messageId);
});
