import { execFileSync } from 'node:child_process';
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../src/domain/json.js';
import type { OpenSealed } from '../../src/queries/personExport/openLines.js';
import type { SigningKey } from '../../src/queries/personExport/personExport.js';

export function testSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyId = createHash('sha256').update(publicKeyPem).digest('hex').slice(0, 16);
  return { keyId, publicKeyPem, sign: (bytes) => sign(null, bytes, privateKey).toString('base64') };
}

/** Real AES under one key a person, in the format of sealed values. `destroy` a person and nothing opens any more. */
export function testSealing() {
  const keys = new Map<string, Buffer>();
  const calls: number[] = [];
  const openSealed: OpenSealed = async (tenantId, texts) => {
    calls.push(texts.length);
    return texts.map((text) => {
      const [, , , subject = '', body = ''] = text.split(':');
      const key = keys.get(`${tenantId}/${subject}`);
      if (key === undefined) return undefined;
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(-16));
      const clear = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
      return JSON.parse(clear.toString()) as JsonValue;
    });
  };
  return {
    openSealed,
    /** How many texts each call opened. */
    calls,
    seal(subject: string, value: JsonValue, tenantId = 'default'): string {
      const key = keys.get(`${tenantId}/${subject}`) ?? randomBytes(32);
      keys.set(`${tenantId}/${subject}`, key);
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([
        nonce,
        cipher.update(JSON.stringify(value)),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `sealed:v1:1:${subject}:${body.toString('base64url')}`;
    },
    destroy: (subject: string, tenantId = 'default') => keys.delete(`${tenantId}/${subject}`),
  };
}

/** Everything read to its end. */
export async function bytesOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Unpacked by programs that know nothing of this one: `unzip -t` must accept it too where it is installed. */
export function unpacked(folder: string, archive: Buffer): Map<string, string> {
  const file = join(folder, 'archive.zip');
  const target = join(folder, 'unpacked');
  writeFileSync(file, archive);
  execFileSync('python3', ['-m', 'zipfile', '-t', file]);
  execFileSync('python3', ['-m', 'zipfile', '-e', file, target]);
  const paths = readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(target.length + 1), readFileSync(path, 'utf8')]));
}

export function parsedLines(text: string | undefined): Record<string, JsonValue>[] {
  return (text ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, JsonValue>);
}
