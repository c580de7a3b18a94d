import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { seededRandom } from '../support/seededRandom.js';
import { type ServerProcess, startServerProcess, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { everything } from '../support/writeSide.js';

const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));
const rounds = 10;
const clients = 8;

/** What one client sent, in order, and what of it was answered with a 2xx. */
interface Sent {
  /** What its message ids begin with: not the user's id, which would make way for the pseudonym. */
  readonly key: string;
  readonly userId: string;
  readonly messageIds: string[];
  acknowledged: number;
}

t.test(`kill -9 under load, ${rounds} times (SEED=${seed})`, { timeout: 170_000 }, async (t) => {
  const random = seededRandom(seed);
  const dataFolder = testFolder(t);
  const sent: Sent[] = Array.from({ length: clients }, (_, i) => ({
    key: `client${i}`,
    userId: `user-${i}`,
    messageIds: [],
    acknowledged: 0,
  }));

  for (let round = 0; round < rounds; round++) {
    const server = await startServerProcess(dataFolder);
    const killAfter = 20 + random(200);
    let answered = 0;
    const enough = new Promise<void>((resolve) => {
      for (const client of sent) {
        void load(
          server,
          client,
          () => 1 + random(20),
          () => ++answered >= killAfter && resolve(),
        );
      }
    });
    await enough;
    await server.kill();
    await checkStore(t, dataFolder, sent, round);
  }
});

/** Sends batch after batch, each continuing the one before, until the server is gone; resends what was not answered. */
async function load(server: ServerProcess, client: Sent, batchSize: () => number, onAnswer: () => unknown) {
  try {
    for (;;) {
      const from = client.acknowledged;
      const wanted = from + batchSize();
      while (client.messageIds.length < wanted)
        client.messageIds.push(`${client.key}-${client.messageIds.length}`);
      const batch = client.messageIds.slice(from).map((messageId) => ({
        type: 'track',
        event: 'Lesson Opened',
        userId: client.userId,
        messageId,
        timestamp: new Date().toISOString(),
      }));
      const response = await fetch(`${server.url}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ batch }),
      });
      const answer = (await response.json()) as { accepted: number; duplicates: number };
      if (!response.ok || answer.accepted + answer.duplicates !== batch.length) return;
      client.acknowledged = from + batch.length;
      onAnswer();
    }
  } catch {
    // The server was killed: what this request was about is neither known to be stored nor known not to be.
  }
}

async function checkStore(t: Test, dataFolder: string, sent: readonly Sent[], round: number) {
  const store = await openEmbeddedEventStore({ folder: join(dataFolder, 'events'), clock: Date.now });
  const events = await everything(store);
  await store.close();
  const stored = new Map<string, string[]>();
  for (const { type, metadata } of events) {
    if (type !== 'action-tracked.v1') continue;
    const messageId = String(metadata.messageId);
    const key = messageId.slice(0, messageId.lastIndexOf('-'));
    const ofKey = stored.get(key);
    if (ofKey === undefined) stored.set(key, [messageId]);
    else ofKey.push(messageId);
  }
  for (const { key, userId, messageIds, acknowledged } of sent) {
    const inStore = stored.get(key) ?? [];
    t.ok(inStore.length >= acknowledged, `round ${round}: nothing acknowledged to ${userId} is lost`);
    const wrong = inStore.findIndex((messageId, i) => messageId !== messageIds[i]);
    t.equal(wrong, -1, `round ${round}: once each, in order (${inStore[wrong]} for ${messageIds[wrong]})`);
  }
}
