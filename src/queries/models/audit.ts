import { z } from 'zod';
import { count, type Shown, text, time } from './fields.js';

const hash = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ description: `${description} SHA-256 as hex.` });
const path = z.array(hash('One step.')).meta({ description: 'From the leaves up (RFC 9162, section 2.1).' });

export const auditEntry = z
  .object({
    sequence: count('Its place in the trail: 0, 1, 2 …'),
    position: text('Its place among all recorded events.'),
    stream: text('The stream it stands in; people are named by pseudonym.'),
    revision: text('Its place in its stream.'),
    eventId: z.string(),
    type: text('What it is, for example `personal-data-read.v1`.'),
    actor: z
      .object({ keyId: z.string(), role: z.string() })
      .nullable()
      .meta({ description: 'Whose key it was done with; null for Waymark itself and for the person.' }),
    action: z.string().nullable().meta({ description: 'What was done, of a read.' }),
    subjects: z.array(z.string()).meta({ description: 'Pseudonyms of the people it is about.' }),
    purpose: z.string().nullable().meta({ description: 'Why, where that was to be stated.' }),
    correlationId: text('The request it belongs to.'),
    occurredAt: time('When it happened.'),
    recordedAt: time('When it was recorded.'),
    leafHash: hash('Of the event as it is stored (RFC 8785), as a leaf of the tree.'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = Shown<z.infer<typeof auditEntry>>;

export const signedHead = z
  .object({
    tenantId: z.string(),
    treeSize: count('How many entries it speaks for.'),
    rootHash: hash('Of the tree over them.'),
    timestamp: time('When it was signed.'),
    keyId: z.string(),
    signature: text('Ed25519 over the RFC 8785 form of the other members; base64.'),
  })
  .meta({ id: 'SignedTreeHead' });

export const inclusion = z
  .object({
    sequence: count("The entry's place."),
    treeSize: count('Of the tree it is proved to be in.'),
    leafHash: hash("The entry's."),
    path,
    rootHash: hash("The tree's."),
  })
  .meta({ id: 'InclusionProof' });
export type Inclusion = Shown<z.infer<typeof inclusion>>;

export const consistency = z
  .object({
    first: count('Size of the earlier tree.'),
    second: count('Size of the later tree.'),
    firstRootHash: hash("The earlier tree's."),
    secondRootHash: hash("The later tree's."),
    path,
  })
  .meta({ id: 'ConsistencyProof' });
export type Consistency = Shown<z.infer<typeof consistency>>;

export const auditKey = z
  .object({
    keyId: z.string(),
    algorithm: z.literal('Ed25519'),
    publicKey: text('DER (SubjectPublicKeyInfo) in base64.'),
    since: time('When it was first there.'),
  })
  .meta({ id: 'AuditKey' });
export type AuditKey = Shown<z.infer<typeof auditKey>>;
