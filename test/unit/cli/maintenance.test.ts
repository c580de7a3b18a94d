import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { keysCommand, type ListedKey } from '../../../src/cli/keysCommand.js';
import { showProgress } from '../../../src/cli/progress.js';
import { type Rebuilding, rebuildCommand } from '../../../src/cli/rebuildCommand.js';
import { scavengeCommand } from '../../../src/cli/scavengeCommand.js';
import { checkpointsCheck } from '../../../src/cli/verify/checkCheckpoints.js';
import { eventLogCheck } from '../../../src/cli/verify/checkEventLog.js';
import { verifyCommand } from '../../../src/cli/verify/verifyCommand.js';
import { encode } from '../../../src/eventStore/codec.js';
import { openEmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { openEmbeddedDocumentStore } from '../../../src/integrations/embedded/embeddedDocumentStore.js';
import type { ProcessorStatus } from '../../../src/processors/processor.js';
import { testFolder } from '../../support/testFolder.js';

function printer() {
  const printed: string[] = [];
  return { print: (text: string) => void printed.push(text), text: () => printed.join('\n') };
}

t.test('keys are made, listed without secrets, and revoked once', async (t) => {
  const listed: ListedKey[] = [
    { keyId: 'k1', role: 'write', createdAt: '2026-01-01T00:00:00.000Z', revokedAt: null },
    {
      keyId: 'k2',
      role: 'administrator',
      createdAt: '2026-01-01T00:00:00.000Z',
      revokedAt: '2026-02-01T00:00:00.000Z',
    },
  ];
  const keys = {
    create: async () => ({ keyId: 'k3', secret: 'the-secret' }),
    list: async () => listed,
    revoke: async (keyId: string) => keyId === 'k1',
  };
  const { print, text } = printer();
  t.equal(await keysCommand({ command: 'keys', action: 'create', role: 'write' }, { keys, print }), 0);
  t.match(text(), /secret {2}the-secret\n/);
  t.equal(await keysCommand({ command: 'keys', action: 'list' }, { keys, print }), 0);
  t.match(text(), /k1 {2}write .* in force\nk2 {2}administrator .* revoked 2026-02-01/);
  t.equal(await keysCommand({ command: 'keys', action: 'revoke', keyId: 'k1' }, { keys, print }), 0);
  t.equal(await keysCommand({ command: 'keys', action: 'revoke', keyId: 'k2' }, { keys, print }), 1);
});

t.test('rebuild waits until the new version is in use', async (t) => {
  const { print, text } = printer();
  const states = [status('rebuilding', 0.2), status('rebuilding', 0.9), status('running', null)];
  t.equal(await rebuild(rebuilding(states), print), 0);
  t.match(text(), /profiles is rebuilt and in use, at position 42/);
});

t.test('a rebuild that fails is told as one', async (t) => {
  const { print, text } = printer();
  t.equal(await rebuild(rebuilding([status('rebuilding', 0.2), status('failed', null)]), print), 1);
  t.match(text(), /did not finish: store gone/);
});

function status(state: ProcessorStatus['state'], rebuildProgress: number | null): ProcessorStatus {
  const error = state === 'failed' ? 'store gone' : null;
  const rest = { version: 1, position: '42', lag: 0, waiting: 0, behind: false, parked: 0 };
  return { name: 'profiles', kind: 'projection', state, rebuildProgress, error, ...rest };
}

function rebuilding(states: ProcessorStatus[]): Rebuilding {
  return { start: async () => undefined, status: async () => states.shift(), close: async () => undefined };
}

function rebuild(target: Rebuilding, print: (text: string) => void) {
  const invocation = { command: 'rebuild', projection: 'profiles', server: undefined } as const;
  return rebuildCommand(invocation, { openLocal: async () => target, sleep: async () => undefined, print });
}

t.test('verify says what it checked and what is wrong', async (t) => {
  const { print, text } = printer();
  const fine = { name: 'this', run: async () => ({ summary: '3 of them', problems: [] }) };
  const broken = { name: 'that', run: () => Promise.reject(new Error('cannot be opened')) };
  t.equal(await verifyCommand([fine], print), 0);
  t.equal(await verifyCommand([fine, broken], print), 1);
  t.match(text(), /ok {5}this: 3 of them\nWRONG {2}that: could not be checked\n +cannot be opened/);
});

t.test('verify reads the whole log and compares the checkpoints with it', async (t) => {
  const { events, documents } = await openStores(t);
  for (const n of [1, 2, 3])
    await events.appendToStream(`journey-default_${n}`, [encode(startedEvent(n))], 'noStream');
  t.match(await eventLogCheck(events).run(), { summary: /^3 events in 3 streams/, problems: [] });

  const names = ['profiles.v1', 'risks.v1'];
  const checkpoints = checkpointsCheck(events, documents, names);
  t.match(await checkpoints.run(), { problems: [] }, 'a processor that never ran is no problem');
  await documents.commit({ checkpoint: { name: 'profiles.v1', value: '999999' } });
  await documents.commit({ checkpoint: { name: 'risks.v1', value: 'nonsense' } });
  t.match((await checkpoints.run()).problems, [
    /profiles.v1: stands at 999999, behind the end/,
    /risks.v1: its checkpoint is not a position/,
  ]);
});

async function openStores(t: Test) {
  const folder = testFolder(t, { events: {}, documents: {} });
  const events = await openEmbeddedEventStore({ folder: `${folder}/events`, clock: Date.now });
  const documents = openEmbeddedDocumentStore({ folder: `${folder}/documents` });
  t.teardown(async () => {
    await events.close();
    await documents.close();
  });
  return { events, documents };
}

function startedEvent(n: number) {
  const at = Date.parse('2026-01-01T00:00:00Z');
  return {
    id: `00000000-0000-4000-8000-00000000000${n}`,
    event: { type: 'JourneyStarted', data: { kind: 'user', identity: `user-${n}` } },
    metadata: {
      messageId: `m${n}`,
      correlationId: 'c',
      causationId: 'c',
      tenantId: 'default',
      schemaVersion: 1,
      occurredAt: at,
      recordedAt: at,
    },
  } as const;
}

t.test('progress into a file is a line now and then', async (t) => {
  let now = 0;
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  });
  const progress = showProgress('Importing', 200, stream, () => now);
  for (now = 0; now <= 25_000; now += 1_000) progress.update(now / 250, `${now} received`);
  progress.stop();
  t.same(written, ['Importing 20% 10000 received\n', 'Importing 40% 20000 received\n']);
});

t.test('without a server of its own an event store has nothing to scavenge', async (t) => {
  const printed: string[] = [];
  const code = await scavengeCommand({ open: async () => undefined, print: (text) => printed.push(text) });
  t.equal(code, 1);
  t.match(printed, [/EVENTSTORE_URL is not set/]);
});

t.test('a scavenge is started, and not waited for', async (t) => {
  const printed: string[] = [];
  const done: string[] = [];
  const scavenging = {
    start: async () => 'scavenge-1',
    close: async () => {
      done.push('closed');
    },
  };
  t.equal(await scavengeCommand({ open: async () => scavenging, print: (text) => printed.push(text) }), 0);
  t.match(printed, [/scavenge-1 has started/]);
  t.strictSame(done, ['closed']);
});
