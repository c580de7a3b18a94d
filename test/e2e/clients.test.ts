import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import t from 'tap';
import type { IncomingMessage } from '../../src/commands/incomingMessage.js';
import { arrivals, startEventSink } from '../support/eventSink.js';

const timestamp = new Date('2026-01-15T10:00:00.000Z');
const byKind = (a: { kind: string }, b: { kind: string }) => (a.kind < b.kind ? -1 : 1);
const traits = { plan: 'basic', email: 'jane@example.com' };

/** What every server-side client is told to send, and what must therefore arrive. */
const expected = [
  { kind: 'alias', userId: 'u-2', previousId: 'u-1' },
  { kind: 'group', userId: 'u-1', groupId: 'g-1', traits: { seats: 5 } },
  { kind: 'identify', userId: 'u-1', traits },
  {
    kind: 'page',
    userId: 'u-1',
    name: 'Start',
    category: 'Docs',
    properties: { url: 'https://a.example/x' },
  },
  { kind: 'screen', anonymousId: 'a-1', name: 'Home', properties: { tab: 2 } },
  { kind: 'track', userId: 'u-1', name: 'Größe geändert 📏', properties: { size: { w: 1, h: null } } },
];

function shown(messages: readonly IncomingMessage[]) {
  return messages
    .map(({ index: _, messageId: __, occurredAt: ___, context: ____, ...content }) => content)
    .sort(byKind);
}

t.test('@segment/analytics-node', async (t) => {
  const sink = await startEventSink();
  t.teardown(sink.close);
  const client = new Analytics({ writeKey: sink.writeKey, host: sink.url, path: '/v1/batch' });
  const failures: unknown[] = [];
  client.on('error', (error) => failures.push(error));
  client.identify({ userId: 'u-1', traits, timestamp });
  client.track({
    userId: 'u-1',
    event: 'Größe geändert 📏',
    properties: { size: { w: 1, h: null } },
    messageId: 'chosen',
    timestamp,
  });
  client.page({
    userId: 'u-1',
    name: 'Start',
    category: 'Docs',
    properties: { url: 'https://a.example/x' },
    timestamp,
  });
  client.screen({ anonymousId: 'a-1', name: 'Home', properties: { tab: 2 }, timestamp });
  client.group({ userId: 'u-1', groupId: 'g-1', traits: { seats: 5 }, timestamp });
  client.alias({ userId: 'u-2', previousId: 'u-1', timestamp });
  await client.closeAndFlush();

  const messages = await arrivals(sink, expected.length);
  t.same(failures, []);
  t.same(withoutCopiedFields(shown(messages)), expected);
  t.equal(messages.find(({ kind }) => kind === 'track')?.messageId, 'chosen');
  t.equal(new Set(messages.map(({ messageId }) => messageId)).size, expected.length);
  for (const { occurredAt, context } of messages) {
    // The client says when it sent: the difference to our clock is taken off, here next to nothing.
    t.ok(Math.abs(occurredAt - timestamp.getTime()) < 60_000);
    t.match(context, { library: { name: '@segment/analytics-node' } });
  }
});

t.test('@rudderstack/rudder-sdk-node, gzipped and called a form', async (t) => {
  const sink = await startEventSink();
  t.teardown(sink.close);
  const client = new RudderAnalytics(sink.writeKey, { dataPlaneUrl: sink.url, flushInterval: 50 });
  client.identify({ userId: 'u-1', traits, timestamp });
  client.track({
    userId: 'u-1',
    event: 'Größe geändert 📏',
    properties: { size: { w: 1, h: null } },
    timestamp,
  });
  client.page({
    userId: 'u-1',
    name: 'Start',
    category: 'Docs',
    properties: { url: 'https://a.example/x' },
    timestamp,
  });
  client.screen({ anonymousId: 'a-1', name: 'Home', properties: { tab: 2 }, timestamp });
  client.group({ userId: 'u-1', groupId: 'g-1', traits: { seats: 5 }, timestamp });
  client.alias({ userId: 'u-2', previousId: 'u-1', timestamp });
  await client.flush();

  const messages = await arrivals(sink, expected.length);
  t.same(withoutCopiedFields(shown(messages)), expected);
  for (const { occurredAt } of messages) t.ok(Math.abs(occurredAt - timestamp.getTime()) < 60_000);
});

/** Both clients copy a page's name and category into its properties as well. */
function withoutCopiedFields(messages: ReturnType<typeof shown>) {
  return messages.map((message) => {
    if (message.properties === undefined || message.kind === 'track') return message;
    const { name: _, category: __, ...properties } = message.properties;
    return { ...message, properties };
  });
}
