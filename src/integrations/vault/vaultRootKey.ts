import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { createCircuitBreaker } from '../circuitBreaker.js';

export interface VaultOptions {
  /** For example https://vault.example:8200. */
  readonly address: string;
  /** Asked before every request, so that a token that was renewed in its file is used at once. */
  readonly token: () => Promise<string>;
  /** Name of the key in the transit engine. */
  readonly transitKey: string;
  readonly namespace: string | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds that one attempt may take. */
  readonly timeout?: number;
  /** Milliseconds before the first repetition at most; doubled with each. */
  readonly firstDelay?: number;
}

type Operation = 'encrypt' | 'decrypt' | 'rewrap';

const attempts = 4;
/** Too many requests; 412 is a standby node that has not seen the latest writes yet. */
const passing: ReadonlySet<number> = new Set([412, 429]);

const ciphertext = z.object({ data: z.object({ ciphertext: z.string().startsWith('vault:v') }) });
const plaintext = z.object({ data: z.object({ plaintext: z.base64().min(1) }) });

/** An attempt that may succeed when it is made again. */
class PassingFailure extends Error {}

/**
 * A root key that never leaves Vault: its transit engine wraps and unwraps over HTTP. Ciphertexts read `vault:v<n>:…`, n
 * being the version of the key in Vault. What cannot be reached is asked again a few times, then left alone for a while,
 * during which everything fails at once. No error holds the token or a key.
 * https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export function vaultRootKey(options: VaultOptions): RootKey {
  const { transitKey, now, firstDelay = 100 } = options;
  const breaker = createCircuitBreaker({ failures: 3, rest: 10_000, now });

  async function ask<T>(operation: Operation, body: object, answer: z.ZodType<T>): Promise<T> {
    if (!breaker.admits()) {
      throw new KeyStoreUnavailable('Vault did not answer lately and is left alone for some seconds');
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const text = await post(options, `transit/${operation}/${encodeURIComponent(transitKey)}`, body);
        breaker.succeeded();
        return parse(text, answer);
      } catch (error) {
        if (!(error instanceof PassingFailure)) {
          breaker.succeeded();
          throw error;
        }
        if (attempt === attempts) {
          breaker.failed();
          throw new KeyStoreUnavailable(error.message);
        }
        await wait(Math.random() * firstDelay * 2 ** attempt);
      }
    }
  }

  return {
    async wrap(key) {
      const body = { plaintext: key.toString('base64') };
      return (await ask('encrypt', body, ciphertext)).data.ciphertext;
    },
    async unwrap(wrapped) {
      assertMadeByVault(wrapped);
      const { data } = await ask('decrypt', { ciphertext: wrapped }, plaintext);
      return Buffer.from(data.plaintext, 'base64');
    },
    async rewrap(wrapped) {
      assertMadeByVault(wrapped);
      return (await ask('rewrap', { ciphertext: wrapped }, ciphertext)).data.ciphertext;
    },
  };
}

/** Text of the answer. @throws PassingFailure, KeyStoreUnavailable */
async function post(options: VaultOptions, path: string, body: object): Promise<string> {
  const { address, namespace, timeout = 5000 } = options;
  const headers = {
    'content-type': 'application/json',
    'x-vault-request': 'true',
    'x-vault-token': await options.token(),
    ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
  };
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${address.replace(/\/+$/, '')}/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      // A redirect would carry the token to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    status = response.status;
    text = await response.text();
  } catch {
    // Without its cause, which may quote a header.
    throw new PassingFailure('Vault cannot be reached, or does not answer in time: check VAULT_ADDR');
  }
  if (status >= 200 && status < 300) return text;
  if (status >= 500 || passing.has(status)) {
    throw new PassingFailure(`Vault answered ${status}: it may be sealed, starting or overloaded`);
  }
  throw new KeyStoreUnavailable(refusals[status] ?? `Vault answered ${status}`);
}

const refusals: Readonly<Record<number, string>> = {
  307: 'Vault answered with a redirect: set VAULT_ADDR to its active node, or let standby nodes forward requests',
  400: 'Vault refused (400): the keys were wrapped by another transit key, or VAULT_TRANSIT_KEY does not exist',
  403: 'Vault refused the token (403): renew it, and allow it encrypt, decrypt and rewrap with the transit key',
  404: 'Vault has no such path (404): enable the transit engine, and check VAULT_NAMESPACE',
};

function parse<T>(text: string, answer: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = answer.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new KeyStoreUnavailable(
    'what stands at VAULT_ADDR does not answer as the transit engine does: check it',
  );
}

function assertMadeByVault(wrapped: string): void {
  if (wrapped.startsWith('vault:')) return;
  throw new KeyStoreUnavailable(
    'the keys were wrapped by a root key outside Vault: give that one as WAYMARK_ROOT_KEY_PREVIOUS',
  );
}
