import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { createPersonExports } from '../../src/commands/exports/personExports.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { openMongoExportArchive } from '../../src/integrations/mongodb/mongoExportArchive.js';
import { openMongoUntoldLinks } from '../../src/integrations/mongodb/mongoUntoldLinks.js';
import { events } from '../support/eventStoreSamples.js';
import { bytesOf } from '../support/exports.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

const subject = 'a'.repeat(32);
const officer = { keyId: 'k-1', role: 'privacy-officer' } as const;
const address = { tenantId: 'default', exportId: 'e-1' };
const request = { ...address, requestId: null, kind: 'access', subjects: [subject] } as const;

t.test('exports of two instances', { skip: noMongoServer }, async (t) => {
  const url = await mongoDatabase(t);
  const eventStore = await openEmbeddedEventStore({ folder: join(testFolder(t), 'events'), clock: Date.now });
  t.teardown(() => eventStore.close());
  await eventStore.appendToStream(journeyStreamName('default', subject), events(1), 'noStream');
  const secret = randomBytes(32);
  let made = 0;
  /** Both must have begun before either goes on, so that both make it. */
  let bothBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    bothBegun = resolve;
  });

  async function startInstance(name: string) {
    const database = openKeyDatabase(url);
    t.teardown(() => database.connection.close());
    return createPersonExports({
      streams: { eventStore, now: Date.now, newId: randomUUID },
      archive: await openMongoExportArchive(database),
      links: openMongoUntoldLinks(database, secret),
      async *createExport() {
        made += 1;
        if (made === 2) bothBegun();
        await begun;
        yield Buffer.from(`made by ${name}, `.repeat(20_000));
      },
      onError: (error) => t.fail('an export failed', { found: error }),
    });
  }

  const [one, two] = [await startInstance('one'), await startInstance('two')];
  await one.request(request);
  // As it begins while the other is at work.
  await two.recover();
  await Promise.all([one.finished(address), two.finished(address)]);
  t.equal(made, 2);

  const looks = await Promise.all([one, two, one, two].map((instance) => instance.look(address, officer)));
  const tokens = looks.flatMap(({ token }) => token ?? []);
  t.equal(tokens.length, 1, 'of all who ask one is told, by whichever instance');
  const [token = ''] = tokens;
  const third = await startInstance('three');
  await third.recover();
  await third.finished(address);
  t.equal(made, 2, 'what was told is not made anew');
  const { content, bytes } = await third.download('e-1', token);
  const archive = await bytesOf(content);
  t.equal(archive.length, bytes);
  t.match(archive.toString('utf8', 0, 20), /^made by (one|two), /, 'any instance answers the link');
  for (const instance of [one, two]) await t.rejects(instance.download('e-1', token), { code: 'gone' });

  const database = openKeyDatabase(url);
  t.teardown(() => database.connection.close());
  const left = async () =>
    (await database.exports.countDocuments()) + (await database.exportChunks.countDocuments());
  // It is removed once the download is over; where that fails, the next sweep does it.
  await until(async () => {
    await third.sweep();
    return (await left()) === 0;
  }, 'nothing is left of it');
});
