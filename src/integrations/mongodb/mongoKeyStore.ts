import { LRUCache } from 'lru-cache';
import {
  type InstallationKeyStore,
  type KeyFindings,
  type KeyState,
  KeyStoreUnavailable,
  type RootKey,
} from '../../keyStore/keyStore.js';
import { type KnownKeys, newDataKey, rewrapped, toKnownKeys } from './dataKeys.js';
import { Gathered } from './gathered.js';
import { inspectPeople } from './inspectPeople.js';
import { type KeyChange, type KeyDatabase, ownerOf, personId, type StoredPerson } from './keyDatabase.js';
import { KeyLease } from './keyLease.js';
import { openInstallationSecret, rotateSecrets } from './secrets.js';
import { StoredPeople } from './storedPeople.js';
import { MongoTenantKeys } from './tenantKeys.js';

/** Milliseconds. */
const defaultLease = 5000;
/** People whose unwrapped keys are kept in memory. */
const remembered = 100_000;
const peopleAtATime = 500;
/** Times that keys are read anew because they were too old on arrival. */
const attempts = 3;

export interface MongoKeyStoreOptions {
  /** Stays open when the store is closed. */
  readonly database: KeyDatabase;
  readonly rootKey: RootKey;
  /**
   * Whether an installation may begin here: asked where the database holds none. False where something is recorded already,
   * whose keys are then missing.
   */
  readonly mayBegin: () => Promise<boolean>;
  /** Milliseconds for which keys in memory may be used without a look at the database; `destroy` takes as long. */
  readonly lease?: number;
}

/**
 * The key store of an installation of several instances. What one of them destroys no other uses any more when `destroy`
 * resolves, running, paused or cut off: docs/adr/0018-keys-in-mongodb.md.
 * @throws KeyStoreUnavailable
 */
export async function openMongoKeyStore(options: MongoKeyStoreOptions): Promise<InstallationKeyStore> {
  const { database, rootKey, mayBegin, lease = defaultLease } = options;
  const { connection, people } = database;
  // Unwrapping proves that the root key is the right one before anything is wrapped by it.
  const secret = await openInstallationSecret(database, rootKey, mayBegin);
  await connection.write(() => people.createIndex({ tenantId: 1, destroyedAt: 1, _id: 1 }));
  const store = new MongoKeyStore(database, rootKey, secret);
  await store.begin(lease);
  return store;
}

class MongoKeyStore implements InstallationKeyStore {
  private readonly people;
  private readonly tenants;
  private readonly found;
  private readonly opened;
  private readonly states = new LRUCache<string, KnownKeys>({
    // Not `max`, with which the library makes room for all of them at once: 10 ms at every start.
    maxSize: remembered,
    sizeCalculation: () => 1,
    dispose: (keys) => keys.forget(),
  });
  private lease: KeyLease | undefined;
  /** Counts what was followed: what was read before a change is not remembered after it. */
  private changes = 0;

  constructor(
    private readonly database: KeyDatabase,
    private readonly rootKey: RootKey,
    readonly secret: Buffer,
  ) {
    const people = new StoredPeople(database);
    this.people = people;
    this.tenants = new MongoTenantKeys(database, rootKey);
    this.found = new Gathered(peopleAtATime, (ids) => people.read(ids));
    this.opened = new Gathered(peopleAtATime, (ids) => people.readOrMake(ids, (id) => this.newPerson(id)));
  }

  async begin(lease: number): Promise<void> {
    this.lease = await KeyLease.begin(this.database, lease, (change) => this.follow(change));
  }

  async open(tenantId: string, subject: string): Promise<KeyState> {
    const state = await this.look(personId(tenantId, subject), this.opened);
    if (state === undefined) throw new KeyStoreUnavailable('a new key was not stored');
    return state;
  }

  async find(tenantId: string, subject: string): Promise<KeyState | undefined> {
    return this.look(personId(tenantId, subject), this.found);
  }

  async destroy(tenantId: string, subjects: readonly string[], at: number): Promise<void> {
    const lease = this.running();
    const destroyedAt = Math.max(0, Math.floor(at));
    for (let start = 0; start < subjects.length; start += peopleAtATime) {
      const some = subjects.slice(start, start + peopleAtATime);
      const stored = await this.people.destroy(
        some.map((subject) => personId(tenantId, subject)),
        destroyedAt,
      );
      const people = [...stored.values()].map(({ _id, destroyedAt }) => {
        return { subject: ownerOf(_id).subject, destroyedAt };
      });
      // Also of those who were destroyed before: whoever did it may have been cut short here.
      await this.tell({ tenantId, people });
    }
    await lease.over();
  }

  async *destroyed(tenantId: string) {
    this.running();
    for await (const page of this.people.pages({ tenantId, destroyedAt: { $gte: 0 } })) {
      for (const { _id, destroyedAt } of page) {
        if (destroyedAt !== null) yield { subject: ownerOf(_id).subject, destroyedAt };
      }
    }
  }

  async rotateData(tenantId: string, subject: string): Promise<void> {
    this.running();
    const id = personId(tenantId, subject);
    for (;;) {
      const person = (await this.people.read([id])).get(id);
      if (person === undefined || person.destroyedAt !== null) return;
      const version = (person.keys.at(-1)?.version ?? 0) + 1;
      const added = newDataKey(await this.tenants.get(tenantId), subject, version);
      if (await this.people.replaceKeys(person, [...person.keys, added])) break;
    }
    await this.tell({ tenantId, people: [{ subject, destroyedAt: null }] });
  }

  /** The tenant's former key stays beside the new one until the next rotation, for instances that were paused in this one. */
  async rotateTenant(
    tenantId: string,
    onProgress: (done: number, total: number) => void = () => undefined,
  ): Promise<void> {
    const lease = this.running();
    if (!(await this.tenants.beginRotation(tenantId))) return;
    await this.tell({ tenantId, people: [] });
    // From then on every instance wraps by the new key.
    await lease.over();
    await this.rewrapAll(tenantId, onProgress);
    await this.tenants.endRotation(tenantId);
  }

  async rotateRoot(): Promise<void> {
    this.running();
    await rotateSecrets(this.database, this.rootKey);
    await this.tenants.rotateRoot();
  }

  tenantIds(): Promise<readonly string[]> {
    return this.tenants.ids();
  }

  async check(): Promise<void> {
    this.running();
    const first = await this.tenants.first();
    if (first !== undefined) await this.tenants.get(first);
  }

  inspect(): Promise<KeyFindings> {
    return inspectPeople(this.people, this.tenants);
  }

  async close(): Promise<void> {
    this.lease?.end();
    this.lease = undefined;
    this.states.clear();
  }

  private async look(id: string, load: Gathered<StoredPerson>): Promise<KeyState | undefined> {
    for (let attempt = 0; attempt < attempts; ) {
      const lease = this.running();
      const known = this.states.get(id);
      if (known?.state.is === 'destroyed') return known.state;
      if (!lease.isValid) await lease.renew();
      else if (known !== undefined) return known.state;
      const changes = this.changes;
      const person = await load.ask(id);
      const keys = person && (await this.unwrap(person));
      this.running();
      // Something was destroyed or rotated meanwhile, perhaps this.
      if (changes !== this.changes) continue;
      if (keys === undefined) return undefined;
      // Who asked at the same time may hold them already, and goes on holding them.
      const present = this.states.get(id) ?? keys;
      if (present === keys) this.states.set(id, keys);
      if (present.state.is === 'destroyed' || lease.isValid) return present.state;
      attempt += 1;
    }
    throw new KeyStoreUnavailable('MongoDB answers too slowly for keys to be used');
  }

  private async unwrap(person: StoredPerson): Promise<KnownKeys> {
    const { tenantId } = ownerOf(person._id);
    let tenant = await this.tenants.get(tenantId);
    for (const { tenantKeyVersion } of person.keys)
      tenant = await this.tenants.having(tenantId, tenantKeyVersion);
    return toKnownKeys(person, tenant, () => this.lease?.isValid ?? false);
  }

  private async newPerson(id: string): Promise<StoredPerson> {
    const { tenantId, subject } = ownerOf(id);
    const keys = [newDataKey(await this.tenants.get(tenantId), subject, 1)];
    return { _id: id, tenantId, revision: 1, destroyedAt: null, keys };
  }

  /** Until none is left: what is rotated or made meanwhile is found by the next pass. */
  private async rewrapAll(
    tenantId: string,
    onProgress: (done: number, total: number) => void,
  ): Promise<void> {
    const tenant = await this.tenants.get(tenantId);
    const total = await this.people.count(tenantId);
    const due = { tenantId, destroyedAt: null, 'keys.tenantKeyVersion': { $lt: tenant.version } };
    let done = 0;
    for (let found = true; found; ) {
      found = false;
      for await (const page of this.people.pages(due)) {
        found = true;
        done += await this.people.replaceAllKeys(
          page.map((person) => ({ person, keys: rewrapped(person, tenant) })),
        );
        onProgress(Math.min(done, total), total);
      }
    }
    onProgress(total, total);
  }

  private async tell(change: Omit<KeyChange, '_id'>): Promise<void> {
    this.follow(change);
    await this.running().announce(change);
  }

  private follow({ tenantId, people }: Omit<KeyChange, '_id'>): void {
    this.changes += 1;
    if (people.length === 0) this.tenants.forget(tenantId);
    for (const { subject, destroyedAt } of people) {
      const id = personId(tenantId, subject);
      this.states.delete(id);
      if (destroyedAt !== null)
        this.states.set(id, { state: { is: 'destroyed', destroyedAt }, forget: () => undefined });
    }
  }

  private running(): KeyLease {
    if (this.lease === undefined) throw new KeyStoreUnavailable('the key store is closed');
    return this.lease;
  }
}
