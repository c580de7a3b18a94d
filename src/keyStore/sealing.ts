import type { JsonValue } from '../domain/json.js';
import { type KeyState, type KeyStore, KeyStoreUnavailable } from './keyStore.js';
import { openText, parseSealed, type SealedText, TextSealer } from './sealedText.js';

/** Values of one person that are kept to be used again: what comes with every message is sealed once, and it is short. */
const rememberedValues = 32;
const longestRemembered = 100;

type ActiveKeys = Extract<KeyState, { is: 'active' }>;

/** Seals the personal values of one person. */
export interface Sealer {
  /**
   * @param message id of the message the value came with
   * @param field path of the value within it
   * @throws KeyStoreUnavailable where the keys are no longer current
   */
  seal(message: string, field: string, value: JsonValue): string;
  /** False: another process may have destroyed the keys meanwhile, and a new sealer is to be asked for. */
  isCurrent(): boolean;
}

/** What the write side needs of sealing. */
export interface Sealers {
  /** Undefined where the person's keys were destroyed. @throws KeyStoreUnavailable */
  sealerOf(tenantId: string, subject: string): Promise<Sealer | undefined>;
  /** Whether the person's keys were destroyed. Makes none. @throws KeyStoreUnavailable */
  isErased(tenantId: string, subject: string): Promise<boolean>;
  /** Whether what was sealed for the person can be opened. Makes no keys. @throws KeyStoreUnavailable */
  hasKeys(tenantId: string, subject: string): Promise<boolean>;
}

class RememberingSealer implements Sealer {
  readonly #remembered = new Map<string, { readonly value: JsonValue; readonly sealed: string }>();

  constructor(
    private readonly texts: TextSealer,
    private readonly keys: ActiveKeys,
  ) {}

  isCurrent(): boolean {
    return this.keys.isCurrent();
  }

  seal(message: string, field: string, value: JsonValue): string {
    assertCurrent(this.keys);
    const known = this.#remembered.get(field);
    if (known !== undefined && known.value === value) return known.sealed;
    const sealed = this.texts.seal(`${message}/${field}`, value);
    const isLong = typeof value === 'string' && value.length > longestRemembered;
    if (!isLong && (known !== undefined || this.#remembered.size < rememberedValues))
      this.#remembered.set(field, { value, sealed });
    return sealed;
  }
}

/** Opens and seals personal values under the keys of a store. */
export class Sealing implements Sealers {
  constructor(readonly keyStore: KeyStore) {}

  async sealerOf(tenantId: string, subject: string): Promise<Sealer | undefined> {
    const keys = await this.keyStore.open(tenantId, subject);
    if (keys.is === 'destroyed') return undefined;
    return new RememberingSealer(new TextSealer(tenantId, subject, keys.current), keys);
  }

  async isErased(tenantId: string, subject: string): Promise<boolean> {
    return (await this.keyStore.find(tenantId, subject))?.is === 'destroyed';
  }

  async hasKeys(tenantId: string, subject: string): Promise<boolean> {
    return (await this.keyStore.find(tenantId, subject))?.is === 'active';
  }

  /**
   * The values, in the order of the texts; undefined where the key was destroyed, or the text is none of ours.
   * @throws KeyStoreUnavailable where it cannot be known
   */
  async open(tenantId: string, texts: readonly string[]): Promise<(JsonValue | undefined)[]> {
    const keys = new Map<string, Promise<KeyState | undefined>>();
    const keysOf = (subject: string) => {
      const found = keys.get(subject) ?? this.keyStore.find(tenantId, subject);
      keys.set(subject, found);
      return found;
    };
    const sealed = texts.map(parseSealed);
    return Promise.all(
      sealed.map(async (text) =>
        text === undefined ? undefined : opened(tenantId, text, await keysOf(text.subject)),
      ),
    );
  }
}

function opened(tenantId: string, text: SealedText, keys: KeyState | undefined): JsonValue | undefined {
  if (keys?.is !== 'active') return undefined;
  assertCurrent(keys);
  const key = keys.find(text.version);
  return key === undefined ? undefined : openText(tenantId, text, key);
}

function assertCurrent(keys: ActiveKeys): void {
  if (keys.isCurrent()) return;
  throw new KeyStoreUnavailable(
    'the keys in memory are too old to be used: they may have been destroyed since',
  );
}
