import { isDeepStrictEqual } from 'node:util';
import { carryOver } from '../../commands/erasureLedger.js';
import type { InstallationContent, WrappedPerson } from '../installationContent.js';
import { type KeyDatabase, personId, type StoredPerson } from './keyDatabase.js';
import { openMongoErasureLedger } from './mongoErasureLedger.js';
import { installationSecret } from './secrets.js';

const peopleAtATime = 500;

/** Another installation has its keys there. */
export class InstallationThere extends Error {
  override readonly name = 'InstallationThere';

  constructor() {
    super('The database of keys holds an installation already: name another database');
  }
}

/**
 * Puts an installation's keys and what goes with them into a database that holds none. The secret comes last: without it no
 * instance uses what is there, so that a run that was cut short is simply begun again, and one that was finished is never
 * overwritten.
 * @returns how many people there are
 * @throws InstallationThere, KeyStoreUnavailable
 */
export async function receiveInstallation(
  database: KeyDatabase,
  content: InstallationContent,
): Promise<number> {
  const { connection, people, tenants, accessKeys } = database;
  await assertNoInstallation(database);

  let count = 0;
  const put = async (some: readonly StoredPerson[]): Promise<void> => {
    const writes = some.map((replacement) => ({
      replaceOne: { filter: { _id: replacement._id }, replacement, upsert: true },
    }));
    await connection.write(() => people.bulkWrite(writes, { ordered: false }));
    count += some.length;
  };
  let page: StoredPerson[] = [];
  for await (const person of content.people()) {
    page.push(toStored(person));
    if (page.length < peopleAtATime) continue;
    await put(page);
    page = [];
  }
  if (page.length > 0) await put(page);

  for (const { tenantId: _id, keys } of content.tenants) {
    const tenant = { _id, revision: 1, isRotating: keys.length > 1, keys };
    await connection.write(() => tenants.replaceOne({ _id }, tenant, { upsert: true }));
  }
  for (const { keyId: _id, ...key } of content.accessKeys) {
    await connection.write(() => accessKeys.replaceOne({ _id }, key, { upsert: true }));
  }
  const ledger = openMongoErasureLedger(database);
  await carryOver(content.erasures(), ledger);
  for (const [name, wrapped] of Object.entries(content.signingKeys)) {
    if (wrapped !== undefined) await putSecret(database, name, wrapped);
  }
  await putSecret(database, installationSecret, content.secret);
  return count;
}

/** @throws InstallationThere, KeyStoreUnavailable */
export async function assertNoInstallation({ connection, secrets }: KeyDatabase): Promise<void> {
  const there = await connection.read(() => secrets.findOne({ _id: installationSecret }));
  if (there !== null) throw new InstallationThere();
}

async function putSecret({ connection, secrets }: KeyDatabase, _id: string, wrapped: string): Promise<void> {
  await connection.write(() => secrets.replaceOne({ _id }, { wrapped }, { upsert: true }));
}

function toStored({ tenantId, subject, destroyedAt, keys }: WrappedPerson): StoredPerson {
  return { _id: personId(tenantId, subject), tenantId, revision: 1, destroyedAt, keys };
}

/**
 * Looks whether all that was to be carried is there as it was; people's records one by one.
 * @returns the first difference, in a sentence
 */
export async function differenceToInstallation(
  { connection, people, accessKeys, tenants }: KeyDatabase,
  content: InstallationContent,
): Promise<string | undefined> {
  let count = 0;
  let page: StoredPerson[] = [];
  const differs = async () => {
    const found = await connection.read(() =>
      people.find({ _id: { $in: page.map(({ _id }) => _id) } }).toArray(),
    );
    const byId = new Map(found.map((person) => [person._id, person]));
    return page.some((person) => !isDeepStrictEqual(byId.get(person._id), person));
  };
  for await (const person of content.people()) {
    count += 1;
    page.push(toStored(person));
    if (page.length < peopleAtATime) continue;
    if (await differs()) return 'The keys of a person are not there as they were.';
    page = [];
  }
  if (await differs()) return 'The keys of a person are not there as they were.';
  const stored = await connection.read(() => people.countDocuments());
  if (stored !== count) return `The target holds the keys of ${stored} people, the folder those of ${count}.`;
  const [keys, known] = await connection.read(() =>
    Promise.all([accessKeys.countDocuments(), tenants.countDocuments()]),
  );
  if (keys !== content.accessKeys.length)
    return `The target holds ${keys} access keys, the folder ${content.accessKeys.length}.`;
  if (known !== content.tenants.length)
    return `The target holds ${known} tenants, the folder ${content.tenants.length}.`;
  return undefined;
}
