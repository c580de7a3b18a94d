import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, { type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import t from 'tap';
import { Subscription } from '../../../../src/integrations/eventstoredb/subscription.js';
import { identifier } from '../../../support/eventstoredb/wire.js';
import { until } from '../../../support/until.js';

function message(n: number, bytes = 2): ReadResp {
  const record = new streams.ReadResp.ReadEvent.RecordedEvent();
  const id = new shared.UUID();
  id.setString(`id-${n}`);
  record.setId(id);
  record.setStreamIdentifier(identifier('stream'));
  record.setStreamRevision(String(n));
  record.setCommitPosition(String(n + 1));
  record.setPreparePosition(String(n));
  record.getMetadataMap().set('type', 'seen.v1');
  record.getMetadataMap().set('content-type', 'application/json');
  record.setData(Buffer.from(`{}${' '.repeat(bytes - 2)}`));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(record);
  const response = new streams.ReadResp();
  response.setEvent(read);
  return response;
}

/** A server that has `count` events and counts those that were taken from it. */
function serverOf(count: number, bytes?: number) {
  const server = { taken: 0, open };
  async function* open(): AsyncGenerator<ReadResp> {
    for (let n = 0; n < count; n += 1) {
      server.taken += 1;
      yield message(n, bytes);
    }
    await new Promise(() => undefined);
  }
  return server;
}

t.test('what nobody takes is not read from the server', async (t) => {
  const server = serverOf(100_000);
  const subscription = new Subscription('start', { events: 20, bytes: 1e6 }, server.open);
  await until(() => subscription.bufferedEvents === 20, 'the buffer is full');
  t.equal((await subscription.take(10)).events.length, 10);
  await until(() => subscription.bufferedEvents === 20, 'the buffer is full again');
  t.equal(server.taken, 30);
  t.equal((await subscription.take(1000)).events.length, 20);
  subscription.end(new Error('over'));
});

t.test('large events fill the buffer by their bytes', async (t) => {
  const server = serverOf(1000, 100_000);
  const subscription = new Subscription('start', { events: 1000, bytes: 500_000 }, server.open);
  await until(() => subscription.bufferedEvents === 5, 'the buffer is full');
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(server.taken, 5);
  subscription.end(new Error('over'));
});

t.test('events come in order, whole, and no more than asked for', async (t) => {
  const subscription = new Subscription('start', { events: 14, bytes: 1e6 }, serverOf(50).open);
  const seen: string[] = [];
  while (seen.length < 50) {
    const slice = await subscription.take(7);
    t.ok(slice.events.length >= 1 && slice.events.length <= 7);
    t.strictSame(slice.next, slice.events.at(-1)?.position);
    seen.push(...slice.events.map(({ id }) => id));
  }
  t.strictSame(
    seen,
    Array.from({ length: 50 }, (_, n) => `id-${n}`),
  );
  subscription.end(new Error('over'));
});

t.test('the event at the position itself is not given again', async (t) => {
  const from = { commit: 3n, prepare: 2n };
  const subscription = new Subscription(from, { events: 10, bytes: 1e6 }, serverOf(4).open);
  const { events } = await subscription.take(10);
  t.equal(events[0]?.id, 'id-3');
  subscription.end(new Error('over'));
});

t.test('what came before a failure is given, then the failure', async (t) => {
  const subscription = new Subscription('start', { events: 10, bytes: 1e6 }, async function* () {
    yield message(0);
    throw new Error('broken');
  });
  t.equal((await subscription.take(10)).events.length, 1);
  await t.rejects(subscription.take(10), { message: 'broken' });
});
