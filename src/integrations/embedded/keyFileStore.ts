import { LRUCache } from 'lru-cache';
import {
  type DataKey,
  type KeyFindings,
  type KeyState,
  type KeyStore,
  KeyStoreUnavailable,
} from '../../keyStore/keyStore.js';
import { dataKeyContext, toKeyObject, wrapKey } from '../../keyStore/keyWrapping.js';
import { takeRandom } from '../../keyStore/randomPool.js';
import { indexStates, type SubjectWords, wordsOf } from './keyFileIndex.js';
import { inspectKeys } from './keyFileInspection.js';
import type { RecoveredKeys } from './keyFileRecovery.js';
import { rewrapTenant, unwrapRecord } from './keyFileRotation.js';
import { decodeSlot, encodeSlot, isWhole, largestVersion, slotStates } from './keyFileSlot.js';
import type { KeyFileSlots } from './keyFileSlots.js';
import type { KeyFileTenants, Tenant } from './keyFileTenants.js';
import { Turns } from './turns.js';

const dataKeyBytes = 32;
/** People whose unwrapped keys are kept in memory. */
const remembered = 100_000;

/** A person's keys in memory. */
interface KnownKeys {
  readonly state: KeyState;
  /** From then on whoever holds the state asks again. */
  forget(): void;
}

/** The key store on its opened files. Changes of one person's keys follow one another. */
export class KeyFileStore implements KeyStore {
  private readonly states = new LRUCache<string, KnownKeys>({
    // Not `max`, with which the library makes room for all of them at once: 10 ms at every start.
    maxSize: remembered,
    sizeCalculation: () => 1,
    // Of whoever is not remembered a rotation could not tell those who still hold the keys.
    dispose: (keys, _, reason) => {
      if (reason === 'evict') keys.forget();
    },
  });
  private readonly turns = new Turns();
  private readonly rotating = new Map<string, Promise<void>>();
  private readonly index;

  constructor(
    private readonly slots: KeyFileSlots,
    private readonly tenants: KeyFileTenants,
    private readonly recovered: RecoveredKeys,
    private readonly clock: () => number,
  ) {
    this.index = recovered.index;
  }

  get secret(): Buffer {
    return this.tenants.secret;
  }

  get indexBytes(): number {
    return this.index.bytes;
  }

  async tenantIds(): Promise<string[]> {
    return this.tenants.tenantIds();
  }

  async check(): Promise<void> {
    this.slots.assertUsable();
    const [first] = this.tenants.tenantIds();
    if (first !== undefined) await this.tenants.ready(first);
  }

  async open(tenantId: string, subject: string): Promise<KeyState> {
    const known = await this.find(tenantId, subject);
    if (known !== undefined) return known;
    return this.alone(tenantId, subject, async () => {
      const made = await this.look(tenantId, subject);
      if (made !== undefined) return made;
      return this.remember(personOf(tenantId, subject), [await this.addDataKey(tenantId, subject, 1)]);
    });
  }

  async find(tenantId: string, subject: string): Promise<KeyState | undefined> {
    await this.turns.over(personOf(tenantId, subject));
    return this.look(tenantId, subject);
  }

  async destroy(tenantId: string, subjects: readonly string[], at: number): Promise<void> {
    const time = Math.max(0, Math.floor(at));
    await Promise.all(
      subjects.map((subject) =>
        this.alone(tenantId, subject, () => this.destroyOne(tenantId, subject, time)),
      ),
    );
  }

  async *destroyed(tenantId: string) {
    this.slots.assertUsable();
    const number = this.tenants.numberOf(tenantId);
    for (let slot = 1; number !== 0 && slot <= this.slots.count; slot++) {
      if (this.index.tenant(slot) !== number || this.index.state(slot) !== indexStates.destroyed) continue;
      if (this.index.newestOf(slot) !== slot) continue;
      const { subject, time } = this.record(slot);
      yield { subject, destroyedAt: time };
    }
  }

  async rotateData(tenantId: string, subject: string): Promise<void> {
    await this.alone(tenantId, subject, async () => {
      const state = await this.look(tenantId, subject);
      if (state?.is !== 'active') return;
      const version = state.current.version + 1;
      if (version > largestVersion) throw new KeyStoreUnavailable('this key was rotated too often');
      await this.addDataKey(tenantId, subject, version);
      const person = personOf(tenantId, subject);
      this.states.get(person)?.forget();
      this.states.delete(person);
    });
  }

  rotateTenant(tenantId: string, onProgress?: (done: number, total: number) => void): Promise<void> {
    const running = this.rotating.get(tenantId) ?? this.rotateTenantOnce(tenantId, onProgress);
    this.rotating.set(tenantId, running);
    return running.finally(() => this.rotating.delete(tenantId));
  }

  async rotateRoot(): Promise<void> {
    this.slots.assertUsable();
    await this.tenants.rotateRoot();
  }

  inspect(): Promise<KeyFindings> {
    return inspectKeys(this.slots, this.tenants, this.recovered);
  }

  async close(): Promise<void> {
    await this.turns.allOver();
    await this.slots.close();
    this.states.clear();
  }

  private async rotateTenantOnce(
    tenantId: string,
    onProgress: (done: number, total: number) => void = () => undefined,
  ): Promise<void> {
    this.slots.assertUsable();
    if (this.tenants.numberOf(tenantId) === 0) return;
    if (this.tenants.isRotating(tenantId)) await this.tenants.ready(tenantId);
    else await this.tenants.addKey(tenantId);
    await rewrapTenant(this.slots, this.tenants.get(tenantId), onProgress);
    await this.tenants.dropOlderKeys(tenantId);
  }

  /** The person's keys as they stand, whatever is under way. */
  private async look(tenantId: string, subject: string): Promise<KeyState | undefined> {
    this.slots.assertUsable();
    const person = personOf(tenantId, subject);
    const known = this.states.get(person);
    if (known !== undefined) return known.state;
    const words = wordsOfSubject(subject);
    const newest = this.newest(this.tenants.numberOf(tenantId), words);
    if (newest === 0) return undefined;
    if (this.index.state(newest) === indexStates.destroyed) {
      return { is: 'destroyed', destroyedAt: this.record(newest).time };
    }
    await this.tenants.ready(tenantId);
    // Once more: while the root key was asked, the person's keys may have changed.
    const tenant = this.tenants.get(tenantId);
    const newestNow = this.newest(tenant.number, words);
    const keys = this.unwrapAll(tenant, newestNow);
    if (keys === undefined) return { is: 'destroyed', destroyedAt: this.record(newestNow).time };
    return this.remember(person, keys);
  }

  /** @param keys the latest first */
  private remember(person: string, keys: readonly [DataKey, ...DataKey[]]): KeyState {
    const [current] = keys;
    const find = (version: number) => keys.find((key) => key.version === version);
    let isKnown = true;
    // Nobody else has the folder: what is destroyed here is forgotten here.
    const state: KeyState = { is: 'active', current, find, isCurrent: () => isKnown };
    this.states.set(person, {
      state,
      forget: () => {
        isKnown = false;
      },
    });
    return state;
  }

  private newest(tenant: number, words: SubjectWords): number {
    const newest = tenant === 0 ? 0 : this.index.find(tenant, words);
    if (newest === 0 && this.recovered.unreadable > 0) {
      throw new KeyStoreUnavailable(
        `${this.recovered.unreadable} records of the key file are damaged, and whose they are cannot be read: restore the folder of keys from its backup`,
      );
    }
    return newest;
  }

  /** The latest first; undefined where they were destroyed. */
  private unwrapAll(tenant: Tenant, newest: number): [DataKey, ...DataKey[]] | undefined {
    const keys: DataKey[] = [];
    for (const slot of this.index.chain(newest)) {
      const record = this.record(slot);
      if (record.state === slotStates.destroyed) return undefined;
      const key = unwrapRecord(record, tenant);
      if (key === undefined) {
        throw new KeyStoreUnavailable(
          'a data key does not fit its tenant key: restore the folder of keys from its backup',
        );
      }
      keys.push({ version: record.version, key: toKeyObject(key) });
    }
    const [current, ...older] = keys;
    if (current === undefined) throw new KeyStoreUnavailable('a person of the key file has no key');
    return [current, ...older];
  }

  private record(slot: number) {
    const bytes = this.slots.read(slot);
    if (isWhole(bytes)) return decodeSlot(bytes);
    throw new KeyStoreUnavailable(
      'the record of this key is damaged: restore the folder of keys from its backup',
    );
  }

  /** Durable and in the index when it resolves. Nothing waits between taking the tenant's key and writing. */
  private async addDataKey(tenantId: string, subject: string, version: number): Promise<DataKey> {
    await this.tenants.ready(tenantId);
    const { number, version: tenantKeyVersion, keys } = this.tenants.get(tenantId);
    const wrapping = keys.get(tenantKeyVersion);
    if (wrapping === undefined) throw new KeyStoreUnavailable('the tenant has no key');
    const key = takeRandom(dataKeyBytes);
    const wrapped = wrapKey(wrapping, key, dataKeyContext(tenantId, subject, version, tenantKeyVersion));
    const current = { version, key: toKeyObject(key) };
    const record = { tenant: number, subject, version, tenantKeyVersion, time: this.clock(), wrapped };
    const slot = this.slots.append(encodeSlot({ ...record, state: slotStates.active }));
    await this.slots.committed();
    this.index.add(slot, number, wordsOfSubject(subject), indexStates.active);
    return current;
  }

  /** Where the person had no key there is now a record that they may have none. */
  private async destroyOne(tenantId: string, subject: string, time: number): Promise<void> {
    this.slots.assertUsable();
    if (this.tenants.numberOf(tenantId) === 0) await this.tenants.ready(tenantId);
    const number = this.tenants.numberOf(tenantId);
    const words = wordsOfSubject(subject);
    const record = { tenant: number, subject, state: slotStates.destroyed, time, wrapped: undefined };
    const chain = this.index.chain(this.newest(number, words));
    if (chain.length === 0) {
      const slot = this.slots.append(encodeSlot({ ...record, version: 0, tenantKeyVersion: 0 }));
      await this.slots.committed();
      this.index.add(slot, number, words, indexStates.destroyed);
      return;
    }
    const standing = chain.filter((slot) => this.index.state(slot) !== indexStates.destroyed);
    if (standing.length === 0) return;
    for (const slot of standing) {
      this.slots.put(slot, encodeSlot({ ...record, version: 0, tenantKeyVersion: 0 }));
    }
    this.states.delete(personOf(tenantId, subject));
    await this.slots.committed();
    for (const slot of standing) this.index.setState(slot, indexStates.destroyed);
  }

  private alone<T>(tenantId: string, subject: string, change: () => Promise<T>): Promise<T> {
    return this.turns.take(personOf(tenantId, subject), change);
  }
}

function personOf(tenantId: string, subject: string): string {
  return `${subject}/${tenantId}`;
}

function wordsOfSubject(subject: string): SubjectWords {
  if (!/^[0-9a-f]{32}$/.test(subject)) throw new Error('a subject has 32 hexadecimal digits, in lower case');
  return wordsOf(Buffer.from(subject, 'hex'), 0);
}
