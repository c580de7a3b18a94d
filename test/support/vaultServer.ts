import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const vaultToken = 'hvs.test-token-0123456789';

export interface VaultServer {
  readonly address: string;
  /** What arrived, without bodies. */
  readonly requests: { readonly path: string; readonly namespace: string | undefined }[];
  sealed: boolean;
  /** Requests from now on are answered like this, so many times. */
  answerNext(count: number, status: number, body?: string): void;
  /** Requests are held until `release`. */
  hold(): { release(): void };
  /** A further version of a transit key, which encrypts from now on. */
  rotate(name: string): void;
  close(): Promise<void>;
}

/**
 * The transit engine's part of Vault's HTTP API, with real AES-256-GCM: encrypt, decrypt, rewrap, versions, namespaces,
 * sealing, and the answers and errors that Vault gives.
 */
export async function startVaultServer(namespace?: string): Promise<VaultServer> {
  const keys = new Map<string, Buffer[]>();
  const forced: { status: number; body: string }[] = [];
  const state = { sealed: false, held: Promise.resolve() };
  const requests: { path: string; namespace: string | undefined }[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const given = request.headers['x-vault-namespace'];
    requests.push({ path, namespace: typeof given === 'string' ? given : undefined });
    let text = '';
    for await (const chunk of request) text += String(chunk);
    await state.held;
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const next = forced.shift();
    if (next !== undefined) return answer(next.status, next.body);
    if (state.sealed) return answer(503, { errors: ['Vault is sealed'] });
    if (request.headers['x-vault-token'] !== vaultToken)
      return answer(403, { errors: ['permission denied'] });
    const [, operation, name] = /^\/v1\/transit\/(encrypt|decrypt|rewrap)\/([^/]+)$/.exec(path) ?? [];
    if (request.method !== 'POST' || operation === undefined || name === undefined || given !== namespace) {
      return answer(404, { errors: [] });
    }
    // A boundary: what is no string is refused below.
    const body = JSON.parse(text) as { plaintext?: unknown; ciphertext?: unknown };
    const data = transit(operation, versionsOf(name), body);
    if (data === undefined) return answer(400, { errors: ['cipher: message authentication failed'] });
    answer(200, { request_id: 'r', lease_id: '', renewable: false, data });
  }

  function versionsOf(name: string): Buffer[] {
    const versions = keys.get(name) ?? [randomBytes(32)];
    keys.set(name, versions);
    return versions;
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    get sealed() {
      return state.sealed;
    },
    set sealed(sealed) {
      state.sealed = sealed;
    },
    answerNext(count, status, body = '{"errors":["forced"]}') {
      for (let i = 0; i < count; i++) forced.push({ status, body });
    },
    hold() {
      let release = () => {};
      state.held = new Promise((resolve) => {
        release = resolve;
      });
      return { release: () => release() };
    },
    rotate: (name) => void versionsOf(name).push(randomBytes(32)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function transit(
  operation: string,
  versions: Buffer[],
  { plaintext, ciphertext }: { plaintext?: unknown; ciphertext?: unknown },
): object | undefined {
  if (operation === 'encrypt') {
    return typeof plaintext === 'string' ? { ciphertext: encrypt(versions, plaintext) } : undefined;
  }
  const opened = typeof ciphertext === 'string' ? decrypt(versions, ciphertext) : undefined;
  if (opened === undefined) return undefined;
  return operation === 'decrypt' ? { plaintext: opened } : { ciphertext: encrypt(versions, opened) };
}

function encrypt(versions: Buffer[], plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1) ?? '', nonce);
  const bytes = [nonce, cipher.update(plaintext, 'base64'), cipher.final(), cipher.getAuthTag()];
  return `vault:v${versions.length}:${Buffer.concat(bytes).toString('base64')}`;
}

function decrypt(versions: Buffer[], ciphertext: string): string | undefined {
  const [, version, text] = /^vault:v(\d+):(.+)$/.exec(ciphertext) ?? [];
  const key = versions[Number(version) - 1];
  if (key === undefined || text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  const opened = decipher.update(bytes.subarray(12, -16));
  try {
    decipher.final();
    return opened.toString('base64');
  } catch {
    return undefined;
  }
}
