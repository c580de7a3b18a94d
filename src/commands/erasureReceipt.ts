import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../domain/canonicalJson.js';
import type { JsonObject, JsonValue } from '../domain/json.js';

/** The statement, signed over its canonical JSON (RFC 8785) with Ed25519 (RFC 8032), as JSON text. */
export function signReceipt(
  statement: JsonObject,
  key: { sign(bytes: Buffer): { readonly keyId: string; readonly signature: string } },
): string {
  const { keyId, signature } = key.sign(Buffer.from(canonicalJson(statement)));
  return canonicalJson({ statement, keyId, signature });
}

const receipt = z.object({
  // A JSON object holds JSON values alone.
  statement: z
    .record(z.string(), z.unknown())
    .transform((statement) => statement as Record<string, JsonValue>),
  keyId: z.string(),
  signature: z.string(),
});

/** What a receipt states, checked against the installation's public key. @throws Error that says what is wrong with it */
export function readReceipt(text: string, publicKeyPem: string): JsonObject {
  const { statement, signature } = parse(text);
  const key = createPublicKey(publicKeyPem);
  if (!verify(null, Buffer.from(canonicalJson(statement)), key, Buffer.from(signature, 'base64'))) {
    throw new Error(
      'The signature does not fit: the receipt was changed, or another installation signed it.',
    );
  }
  return statement;
}

function parse(text: string): z.infer<typeof receipt> {
  try {
    return receipt.parse(JSON.parse(text));
  } catch {
    throw new Error('This is no receipt: it must hold a statement, a keyId and a signature as JSON.');
  }
}
