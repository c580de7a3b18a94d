import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import type { LedgerEntry } from '../../src/commands/erasureLedger.js';
import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { openMongoAccessKeys } from '../../src/integrations/mongodb/mongoAccessKeys.js';
import { openMongoErasureLedger } from '../../src/integrations/mongodb/mongoErasureLedger.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';

t.test('what several instances share', { skip: noMongoServer }, async (t) => {
  const database = openKeyDatabase(await mongoDatabase(t));
  t.teardown(() => database.connection.close());
  const open = async () => {
    const given = [{ secret: 'wk_given_by_the_operator', role: 'write' }] as const;
    const keys = await openMongoAccessKeys({ database, given, now: Date.now });
    t.teardown(() => keys.close());
    return keys;
  };

  await t.test('access keys: made and revoked by one, known to all', async (t) => {
    const [one, two] = [await open(), await open()];
    const first = await Promise.all([one, two, one, two].map((keys) => keys.mayMakeFirst()));
    t.equal(first.filter(Boolean).length, 1, 'one alone makes the first');
    const { keyId, secret } = await one.create('service', { personalFields: true });
    t.match(one.authenticate(secret), { keyId, role: 'service', personalFields: true });
    const until = async (known: boolean) => {
      for (const end = Date.now() + 10_000; Date.now() < end && !two.authenticate(secret) === known; )
        await wait(20);
      return two.authenticate(secret);
    };
    t.match(await until(true), { keyId });
    t.match(await two.list(), [{ keyId, role: 'service', revokedAt: null }]);
    t.notOk(JSON.stringify(await database.accessKeys.find().toArray()).includes(secret.slice(3)));
    t.equal(await one.revoke(keyId), true);
    t.equal(await two.revoke(keyId), false, 'once');
    t.equal(await until(false), undefined);
    t.equal(await (await open()).mayMakeFirst(), false, 'nor when all are revoked');
    t.match(two.authenticate('wk_given_by_the_operator'), { role: 'write' });
  });

  await t.test('erasures are in the ledger once, in a database of their own', async (t) => {
    const ledger = openMongoErasureLedger(database);
    const entries = ['r-1', 'r-2'].map((requestId): LedgerEntry => {
      return { tenantId: 'default', requestId, subjects: ['a'.repeat(32)], erasedAt: 7 };
    });
    await ledger.add(entries.slice(0, 1));
    await ledger.add(entries);
    await ledger.add([]);
    const found: LedgerEntry[] = [];
    for await (const entry of openMongoErasureLedger(database).entries()) found.push(entry);
    t.strictSame(found, entries);
    t.not(database.erasures.dbName, database.people.dbName);
  });
});
