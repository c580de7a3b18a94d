import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { openMongoInstallation } from '../../src/composition/mongoInstallation.js';
import { readConfiguration } from '../../src/config.js';
import { createLogger } from '../../src/http/logger.js';
import { readOrCreateAuditKey } from '../../src/integrations/embedded/auditKeyFile.js';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { openSigningKey } from '../../src/integrations/embedded/signingKey.js';
import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { runProgram } from '../support/programRun.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

const rootKey = 'ab'.repeat(32);
const subject = (n: number) => n.toString(16).padStart(32, '0');
const people = Array.from({ length: 255 }, (_, n) => subject(n));

function openKeys(data: string) {
  const root = localRootKey(Buffer.from(rootKey, 'hex'));
  return openKeyStore({ folder: join(data, 'keys'), rootKey: root, clock: Date.now });
}

/** A folder in which people have keys, some of them several, some of them none any more. */
async function fillKeys(data: string): Promise<void> {
  const keys = await openKeys(data);
  for (const tenant of ['default', 'other']) {
    await Promise.all(people.map((person) => keys.open(tenant, person)));
  }
  await keys.rotateData('default', subject(7));
  await keys.rotateTenant('default');
  await keys.rotateData('default', subject(8));
  await keys.destroy('default', [subject(5), subject(8), subject(99_999)], 1_770_000_000_000);
  await keys.close();
}

async function keysIn(data: string): Promise<Map<string, string>> {
  const keys = await openKeys(data);
  const found = new Map<string, string>();
  for (const tenant of ['default', 'other']) {
    for (const person of [...people, subject(99_999)]) {
      found.set(`${tenant} ${person}`, describe(await keys.find(tenant, person)));
    }
  }
  await keys.close();
  return found;
}

/** Until the audit trail holds the look at somebody, and a head of it is signed. */
async function untilSigned(url: string): Promise<void> {
  const headers = { authorization: `Bearer ${testAdminToken}` };
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await wait(20)) {
    const answer = await fetch(`${url}/v1/audit/head`, { headers });
    if (answer.status === 200 && !/"treeSize":0\b/.test(await answer.text())) return;
  }
  throw new Error('no head was signed within 30 s');
}

type State = Awaited<ReturnType<Awaited<ReturnType<typeof openKeyStore>>['find']>>;

/** All that a state holds, its keys among it. */
function describe(state: State): string {
  if (state === undefined || state.is === 'destroyed') return JSON.stringify(state ?? null);
  const keys = [1, 2, 3].map((version) => state.find(version)?.key.export().toString('hex'));
  return JSON.stringify([state.current.version, keys]);
}

t.test(
  'keys, access keys, erasures and signing keys are in MongoDB as they were',
  { skip: noMongoServer },
  async (t) => {
    const folder = testFolder(t);
    const data = join(folder, 'data');
    const url = await mongoDatabase(t);
    const environment = { WAYMARK_ROOT_KEY: rootKey };
    const run = (...parameters: string[]) => runProgram(parameters, data, '', environment);
    const server = await startServerProcess(data, environment);
    // A look at somebody is in the audit trail, whose head is signed at the end.
    const sent = await fetch(`${server.url}/v1/identify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ userId: 'ada', traits: { email: 'ada@example.org' } }),
    });
    const { position } = (await sent.json()) as { position: string };
    const looked = await fetch(`${server.url}/v1/profiles/ada?waitFor=${position}`, {
      headers: { authorization: `Bearer ${testAdminToken}` },
    });
    t.equal(looked.status, 200);
    await untilSigned(server.url);
    t.equal(await server.stop(), 0);
    t.equal((await run('keys', 'create', '--role', 'analyst')).code, 0);
    const erasure = {
      tenantId: 'default',
      requestId: 'r-1',
      subjects: [subject(5)],
      erasedAt: 1_770_000_000_000,
    };
    writeFileSync(join(data, 'erasures.jsonl'), `${JSON.stringify(erasure)}\n`);
    await fillKeys(data);
    const wanted = await keysIn(data);
    const heads = /(\d+) signed heads/.exec((await run('verify', '--audit')).output)?.[1];

    t.match(heads, /^[1-9]/);

    // A run that was cut short leaves something behind, which no instance takes for an installation.
    const database = openKeyDatabase(url);
    t.teardown(() => database.connection.close());
    const stale = { tenantId: 'default', revision: 3, destroyedAt: null, keys: [] };
    await database.people.insertOne({ _id: `${subject(1)}/default`, ...stale });

    const moved = await run('copy', '--to', url);
    t.equal(moved.code, 0, moved.output + moved.errors);
    t.match(
      moved.output,
      `copied    keys of ${people.length * 2 + 2} people, 1 access keys, ${heads} signed heads`,
    );
    t.match(moved.output, 'compared  the same');

    const configuration = readConfiguration({ WAYMARK_ROOT_KEY: rootKey, WAYMARK_DATA: data }, 'no-such.env');
    const installation = await openMongoInstallation(
      configuration,
      url,
      async () => false,
      createLogger('silent'),
    );
    t.teardown(() => installation.close());
    const found = [...wanted.keys()].map(async (name) => {
      const [tenant = '', person = ''] = name.split(' ');
      return [name, describe(await installation.keyStore.find(tenant, person))] as const;
    });
    t.strictSame(new Map(await Promise.all(found)), wanted);
    t.strictSame((await installation.keyStore.inspect()).problems, []);
    const entries: unknown[] = [];
    for await (const entry of installation.ledger.entries()) entries.push(entry);
    t.strictSame(entries, [erasure]);
    const pem = installation.signingKey.publicKeyPem;
    t.equal(pem, (await openSigningKey(join(data, 'signing.key'))).publicKeyPem);
    t.equal(
      (await installation.openAuditKey()).keyId,
      (await readOrCreateAuditKey(join(data, 'audit.key'))).keyId,
    );
    const stored = JSON.parse(readFileSync(join(data, 'keys.json'), 'utf8')).keys;
    const copied = await database.accessKeys.find().toArray();
    t.strictSame(
      new Set(copied.map(({ _id, secretHash }) => `${_id} ${secretHash}`)),
      new Set(stored.map((key: { keyId: string; secretHash: string }) => `${key.keyId} ${key.secretHash}`)),
    );

    // And back, into a folder that has the events.
    const back = join(folder, 'back');
    cpSync(join(data, 'events'), join(back, 'events'), { recursive: true });
    const returned = await runProgram(['copy', '--from', url], back, '', environment);
    t.equal(returned.code, 0, returned.output + returned.errors);
    t.match(returned.output, moved.output, 'the same figures');
    t.strictSame(await keysIn(back), wanted);
    for (const name of ['keys.json', 'signing.key', 'audit.key']) {
      t.equal(readFileSync(join(back, name), 'utf8'), readFileSync(join(data, name), 'utf8'), name);
    }
    t.match(readFileSync(join(back, 'erasures.jsonl'), 'utf8'), JSON.stringify(erasure));
    // The trail is made anew from the events; then it goes on from the head that was signed before.
    const returnedServer = await startServerProcess(back, environment);
    await untilSigned(returnedServer.url);
    t.equal(await returnedServer.stop(), 0);
    const verified = await runProgram(['verify'], back, '', environment);
    t.equal(verified.code, 0, verified.output + verified.errors);
    t.match(verified.output, `audit trail: 1 entries of 1 tenants, ${heads} signed heads`);

    const inUse = readFileSync(join(data, 'keys.json'), 'utf8');
    const over = await run('copy', '--from', url);
    t.equal(over.code, 1);
    t.match(over.errors, /The folder holds keys already/);
    t.equal(readFileSync(join(data, 'keys.json'), 'utf8'), inUse);
    const again = await run('copy', '--to', url);
    t.equal(again.code, 1);
    t.match(again.errors, /holds an installation already/, 'what is in use is never written over');
    const wrong = await runProgram(['copy', '--to', `${url}-other`], data, '', {
      WAYMARK_ROOT_KEY: 'cd'.repeat(32),
    });
    t.equal(wrong.code, 1, 'nor is anything copied without the right root key');
  },
);
