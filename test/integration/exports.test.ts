import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fulfilByExport } from '../../src/commands/exports/fulfilByExport.js';
import { createPersonExports } from '../../src/commands/exports/personExports.js';
import { linksInMemory } from '../../src/commands/exports/untoldLinks.js';
import { openExportFolder } from '../../src/integrations/embedded/exportFolder.js';
import { createPersonExport } from '../../src/queries/personExport/personExport.js';
import { bytesOf, testSealing, testSigningKey, unpacked } from '../support/exports.js';
import { openReadSide } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

const day = 24 * 60 * 60 * 1000;

async function openSide(t: Test) {
  const folder = testFolder(t, { out: {} });
  const side = await openReadSide(folder);
  t.teardown(() => side.close());
  await side.send([
    { userId: 'ann', name: 'Lesson Opened' },
    { userId: 'bob', name: 'Lesson Opened' },
  ]);
  await side.caughtUp();
  const subject = side.subjectOf('default', 'user', 'ann');
  const errors: unknown[] = [];
  const hold = { opening: Promise.resolve(), reached: () => undefined as unknown };
  const now = () => side.clock.now;
  const create = createPersonExport({
    eventStore: side.eventStore,
    documents: side.ports.documents,
    openSealed: testSealing().openSealed,
    signingKey: testSigningKey(),
    now,
  });
  const open = async () =>
    createPersonExports({
      streams: { eventStore: side.eventStore, now, newId: randomUUID },
      archive: await openExportFolder(join(folder, 'exports')),
      links: linksInMemory(),
      async *createExport(...about) {
        hold.reached();
        await hold.opening;
        yield* create(...about);
      },
      onError: (error) => errors.push(error),
    });
  const exports = await open();
  const address = { tenantId: 'default', exportId: 'e-1' };
  const request = { ...address, requestId: null, kind: 'access', subjects: [subject] } as const;
  const prepare = async () => {
    await exports.request(request);
    await exports.finished(address);
    return (await exports.look(address, officer)).token ?? t.fail('the link is not told');
  };
  const files = () => readdirSync(join(folder, 'exports'));
  const types = async () =>
    (await allEvents(side.eventStore))
      .map(({ event }) => event.type)
      .filter((type) => type.startsWith('Export'));
  return { folder, side, exports, open, address, request, prepare, files, types, errors, hold, subject };
}

const officer = { keyId: 'k1', role: 'privacy-officer' };

t.test('made, told once, fetched once', async (t) => {
  const { folder, exports, address, request, prepare, files, types } = await openSide(t);
  const token = String(await prepare());
  t.equal((await exports.look(address, officer)).token, undefined, 'the link is not told twice');
  await exports.request(request);
  t.equal(files().length, 1, 'asking again makes nothing');
  for (const wrong of [
    '',
    'x',
    `${token}x`,
    token.slice(0, -3),
    `${token.split('.')[0]}.${'A'.repeat(43)}`,
  ]) {
    await t.rejects(exports.download('e-1', wrong), { code: 'not-found' });
  }
  await t.rejects(exports.download('e-2', token), { code: 'not-found' }, 'of another export');
  const both = await Promise.allSettled([exports.download('e-1', token), exports.download('e-1', token)]);
  t.same(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'of two at once one gets it');
  const got = both.find((one) => one.status === 'fulfilled');
  t.match(
    both.find((one) => one.status === 'rejected'),
    { reason: { code: 'gone' } },
  );
  if (got?.status === 'fulfilled') {
    const archive = await bytesOf(got.value.content);
    t.equal(archive.length, got.value.bytes);
    t.match(unpacked(join(folder, 'out'), archive).get('observed.jsonl'), 'Lesson Opened');
  }
  await t.rejects(exports.download('e-1', token), { code: 'gone' });
  t.same(files(), [], 'nothing is left of it');
  t.same(await types(), ['ExportRequested', 'ExportPrepared', 'ExportLinkTold', 'ExportDownloaded']);
});

t.test('after seven days it is gone', async (t) => {
  const { side, exports, address, prepare, files, types } = await openSide(t);
  const token = String(await prepare());
  side.clock.now += 7 * day - 1;
  await exports.sweep();
  t.equal(files().length, 1);
  side.clock.now += 1;
  await t.rejects(exports.download('e-1', token), { code: 'gone' }, 'also before it is swept away');
  await exports.sweep();
  t.same(files(), []);
  await exports.sweep();
  t.match((await exports.look(address, officer)).state, { status: 'expired', reason: 'time' });
  t.equal((await types()).at(-1), 'ExportExpired');
});

t.test('what a restart interrupts is made again, and so is what nobody was told the link of', async (t) => {
  const { exports, open, address, request, files, hold } = await openSide(t);
  let go = () => undefined as unknown;
  hold.opening = new Promise((resolve) => {
    go = () => resolve();
  });
  const underWay = new Promise<void>((resolve) => {
    hold.reached = resolve;
  });
  await exports.request(request);
  await underWay;
  t.match(files(), [/\.begun$/]);
  hold.opening = Promise.resolve();
  const second = await open();
  await second.recover();
  t.match(await second.finished(address), { status: 'prepared' });
  const third = await open();
  await third.recover();
  t.match(await third.finished(address), { status: 'prepared' });
  const { token = '' } = await third.look(address, officer);
  const fourth = await open();
  await fourth.recover();
  await fourth.finished(address);
  t.ok((await bytesOf((await fourth.download('e-1', token)).content)).length > 0, 'a told link stays good');
  go();
  await exports.finished(address);
});

t.test('one that cannot be made is told as failed, and can be asked for again', async (t) => {
  const { exports, address, request, files, errors, hold, types } = await openSide(t);
  hold.opening = Promise.reject(Object.assign(new Error('x'), { code: 'key-store-unavailable' }));
  hold.opening.catch(() => undefined);
  await exports.request(request);
  t.match(await exports.finished(address), { status: 'failed', reason: 'key-store-unavailable' });
  t.same(files(), []);
  t.equal(errors.length, 1);
  hold.opening = Promise.resolve();
  await exports.request(request);
  t.match(await exports.finished(address), { status: 'prepared' });
  t.same(await types(), ['ExportRequested', 'ExportFailed', 'ExportRequested', 'ExportPrepared']);
});

t.test("a person's exports are withdrawn in every state, and nobody else's", async (t) => {
  const { side, exports, request, prepare, files, subject, address, hold } = await openSide(t);
  const token = String(await prepare());
  const bob = side.subjectOf('default', 'user', 'bob');
  await exports.request({ ...request, exportId: 'of-bob', subjects: [bob] });
  await exports.finished({ ...address, exportId: 'of-bob' });
  let go = () => undefined as unknown;
  hold.opening = new Promise((resolve) => {
    go = () => resolve();
  });
  await exports.request({ ...request, exportId: 'e-2' });
  const withdrawing = exports.withdraw('default', [subject]);
  go();
  await withdrawing;
  t.match(files(), [/of-bob.*sealed$/]);
  await t.rejects(exports.download('e-1', token), { code: 'gone' });
  t.match((await exports.look({ ...address, exportId: 'e-2' }, officer)).state, {
    status: 'expired',
    reason: 'withdrawn',
  });
  await exports.withdraw('other', [bob]);
  t.equal(files().length, 1, 'the tenant counts');
});

t.test('a request for access is fulfilled once, under its own id', async (t) => {
  const { exports, subject, types } = await openSide(t);
  const fulfil = fulfilByExport(exports);
  const due = {
    tenantId: 'default',
    requestId: 'r-1',
    type: 'access',
    subjects: [subject],
    details: {},
  } as const;
  const done = { outcome: 'completed', remarks: [], result: { exportId: 'r-1' } };
  t.same(await fulfil(due), done);
  t.same(await fulfil(due), done);
  t.same(await types(), ['ExportRequested', 'ExportPrepared']);
  t.match(await fulfil({ ...due, requestId: 'r-2', subjects: ['0'.repeat(32)] }), {
    outcome: 'completed',
    remarks: ['Nothing is recorded about this person.'],
    result: {},
  });
});
