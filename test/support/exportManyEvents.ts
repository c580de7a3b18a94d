import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import { encode } from '../../src/eventStore/codec.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { createPersonExport } from '../../src/queries/personExport/personExport.js';
import { testSealing, testSigningKey } from './exports.js';

/**
 * A process of its own: records or exports a journey of many events, and says how far memory rose above what the opened
 * store needed. `node exportManyEvents.js record|export FOLDER COUNT`
 */
const [action, folder = '', countText = ''] = process.argv.slice(2);
const count = Number(countText);
const subject = 'a'.repeat(32);
const tenantId = 'default';
const eventStore = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: Date.now });

if (action === 'record') await record();
else console.log(JSON.stringify(await makeExport()));
await eventStore.close();

async function record(): Promise<void> {
  const stream = journeyStreamName(tenantId, subject);
  for (let from = 0; from < count; from += 500) {
    const events = Array.from({ length: Math.min(500, count - from) }, (_, n) => {
      const at = 1_700_000_000_000 + (from + n) * 1000;
      const properties = { feature: `exercise-${n % 50}`, number: from + n, answer: randomUUID() };
      const context = { page: { path: '/lessons/fractions', title: 'Fractions' }, locale: 'en-GB' };
      return encode({
        id: randomUUID(),
        event: {
          type: 'ActionTracked',
          data: { sessionId: 's', name: 'Exercise Attempted', properties, context },
        },
        metadata: {
          messageId: randomUUID(),
          correlationId: 'c',
          causationId: 'm',
          tenantId,
          schemaVersion: 1,
          occurredAt: at,
          recordedAt: at,
        },
      });
    });
    await eventStore.appendToStream(stream, events, 'any');
  }
}

async function makeExport() {
  const create = createPersonExport({
    eventStore,
    documents: {
      get: async () => undefined,
      getMany: async (_, ids) => ids.map(() => undefined),
      find: async () => ({ documents: [] }),
      count: async () => 0,
    },
    openSealed: testSealing().openSealed,
    signingKey: testSigningKey(),
    now: Date.now,
  });
  const before = process.memoryUsage.rss();
  let peak = before;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const started = Date.now();
  const request = { tenantId, exportId: 'e', requestId: null, kind: 'access', subjects: [subject] } as const;
  const archive = Readable.from(create(request, () => undefined));
  await pipeline(archive, createWriteStream(join(folder, 'export.zip')));
  clearInterval(watching);
  const mebibyte = 1024 * 1024;
  return {
    growth: Math.round((peak - before) / mebibyte),
    before: Math.round(before / mebibyte),
    seconds: (Date.now() - started) / 1000,
  };
}
