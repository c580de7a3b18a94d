import type { JsonObject, JsonValue } from '../domain/json.js';
import { type AddressTrait, isAddressTrait } from '../domain/reachability/addresses.js';
import type { DocumentReader } from './documentReader.js';
import { findProfile } from './person.js';
import { sealedTextsIn, withOpened } from './sealedValues.js';

export interface PersonAddresses {
  /** The id the application knows the person by; null where there is none. */
  readonly userId: string | null;
  readonly traits: ReadonlyMap<AddressTrait, string | JsonObject>;
  /** The person's pseudonyms, over all their journeys. */
  readonly subjects: readonly string[];
}

/** The values, in the order of the texts; undefined where a key was destroyed. */
type OpenSealed = (tenantId: string, texts: readonly string[]) => Promise<readonly (JsonValue | undefined)[]>;

/** Where a person is reached, opened: to be held in memory for as long as a message is on its way, and nowhere else. */
export async function findAddresses(
  documents: DocumentReader,
  openSealed: OpenSealed,
  tenantId: string,
  subject: string,
): Promise<PersonAddresses> {
  const profile = await findProfile(documents, tenantId, subject);
  if (profile === undefined) return { userId: null, traits: new Map(), subjects: [subject] };
  const stored = {
    userId: profile.userId,
    traits: profile.traits.flatMap(({ name, value }) => (isAddressTrait(name) ? [{ name, value }] : [])),
  };
  const { userId, traits } = await opened(openSealed, tenantId, stored);
  return {
    userId,
    traits: new Map(
      traits.flatMap(({ name, value }) => {
        const address = addressIn(value);
        return address === undefined ? [] : [[name, address] as const];
      }),
    ),
    subjects: [...new Set([profile.subject, ...profile.linkedSubjects, subject])],
  };
}

interface StoredAddresses {
  readonly userId: string | null;
  readonly traits: readonly { readonly name: AddressTrait; readonly value: JsonValue }[];
}

async function opened(
  openSealed: OpenSealed,
  tenantId: string,
  stored: StoredAddresses,
): Promise<StoredAddresses> {
  const texts = [...sealedTextsIn(stored)];
  const values = await openSealed(tenantId, texts);
  const byText = new Map<string, JsonValue>();
  for (const [at, text] of texts.entries()) {
    const value = values[at];
    if (value !== undefined) byText.set(text, value);
  }
  return withOpened(stored, byText);
}

function addressIn(value: JsonValue): string | JsonObject | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
