import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createEndIdleSessions } from '../../src/commands/endIdleSessions.js';
import { endIdleSessions } from '../../src/reactors/endIdleSessions.js';
import { openHelpSide } from '../support/helpSide.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

const minute = 60_000;

t.test('idle sessions end by the clock, with what was abandoned in them', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  const end = createEndIdleSessions(side.journeys, randomUUID);
  const errors: unknown[] = [];
  const failing = new Set<string>();
  const round = (now: number) =>
    endIdleSessions({
      documentStore: side.documentStore,
      liveCollection: (name) => side.processors.liveCollection(name),
      async endIdleSession(request) {
        if (failing.has(request.subject)) throw new Error('unavailable');
        await end(request);
      },
      sessionTimeout: 30 * minute,
      settleTime: minute,
      onError: (error) => errors.push(error),
      now: () => now,
    });
  const typesOf = async (userId: string) =>
    (await allEvents(side.eventStore))
      .filter(({ streamName }) => streamName === `journey-default_user-${userId}`)
      .map(({ event }) => (event.type === 'StruggleDetected' ? event.data.signalType : event.type))
      .slice(3);
  const start = (userId: string, occurredAt: number) =>
    side.send({
      kind: 'track',
      messageId: userId,
      occurredAt,
      userId,
      name: 'Report Started',
      properties: { feature: 'report' },
    });

  const now = Date.now();
  await start('history', now - 365 * 24 * 60 * minute);
  await start('recent', now - 5 * minute);
  await side.caughtUp();

  t.equal(await round(now), 0, 'what is just being imported is left alone');
  failing.add('user-history');
  t.equal(await round(now + 2 * minute), 1);
  t.match(errors, [{ message: 'unavailable' }]);
  failing.clear();
  t.equal(await round(now + 2 * minute), 1, 'the next round tries again');
  t.strictSame(await typesOf('history'), ['SessionEnded', 'abandonment']);
  t.strictSame(await typesOf('recent'), []);

  await side.caughtUp();
  t.equal(await round(now + 24 * minute), 0);
  t.equal(await round(now + 26 * minute), 1);
  t.equal(await round(now + 26 * minute), 1, 'a read model that is behind does no harm');
  t.strictSame(await typesOf('recent'), ['SessionEnded', 'abandonment']);
  await side.caughtUp();
  t.equal(await round(now + 60 * minute), 0);
});
