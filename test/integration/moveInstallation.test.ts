import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openMongoInstallation } from '../../src/composition/installation.js';
import { readConfiguration } from '../../src/config.js';
import { readOrCreateAuditKey } from '../../src/integrations/embedded/auditKeyFile.js';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { openSigningKey } from '../../src/integrations/embedded/signingKey.js';
import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { runProgram } from '../support/programRun.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';

const rootKey = 'ab'.repeat(32);
const subject = (n: number) => n.toString(16).padStart(32, '0');
const people = Array.from({ length: 320 }, (_, n) => subject(n));

/** A folder in which people have keys, some of them several, some of them none any more. */
async function fillKeys(data: string): Promise<Map<string, string>> {
  const keys = await openKeyStore({
    folder: join(data, 'keys'),
    rootKey: localRootKey(Buffer.from(rootKey, 'hex')),
    clock: Date.now,
  });
  const found = new Map<string, string>();
  try {
    for (const tenant of ['default', 'other']) {
      await Promise.all(people.map((person) => keys.open(tenant, person)));
    }
    await keys.rotateData('default', subject(7));
    await keys.rotateTenant('default');
    await keys.rotateData('default', subject(8));
    await keys.destroy('default', [subject(5), subject(8), subject(99_999)], 1_770_000_000_000);
    for (const tenant of ['default', 'other']) {
      for (const person of [...people, subject(99_999)]) {
        found.set(`${tenant} ${person}`, describe(await keys.find(tenant, person)));
      }
    }
    return found;
  } finally {
    await keys.close();
  }
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
    const folder = t.testdir();
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
    t.equal(await server.stop(), 0);
    t.equal((await run('keys', 'create', '--role', 'analyst')).code, 0);
    const erasure = {
      tenantId: 'default',
      requestId: 'r-1',
      subjects: [subject(5)],
      erasedAt: 1_770_000_000_000,
    };
    writeFileSync(join(data, 'erasures.jsonl'), `${JSON.stringify(erasure)}\n`);
    const wanted = await fillKeys(data);
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
    const installation = await openMongoInstallation(configuration, url, async () => false);
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

    const again = await run('copy', '--to', url);
    t.equal(again.code, 1);
    t.match(again.errors, /holds an installation already/, 'what is in use is never written over');
    const wrong = await runProgram(['copy', '--to', `${url}-other`], data, '', {
      WAYMARK_ROOT_KEY: 'cd'.repeat(32),
    });
    t.equal(wrong.code, 1, 'nor is anything copied without the right root key');
  },
);
