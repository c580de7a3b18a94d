import fc from 'fast-check';
import t from 'tap';
import { leafHash, rootOf } from '../../../src/audit/merkleTree.js';
import type { DomainEvent } from '../../../src/domain/domainEvent.js';
import type { JsonObject } from '../../../src/domain/json.js';
import type { Recorded } from '../../../src/domain/metadata.js';
import { decode } from '../../../src/eventStore/codec.js';
import { aboutOf } from '../../../src/projections/audit/about.js';
import type { AuditEntryDocument, AuditTreeDocument } from '../../../src/projections/audit/document.js';
import { auditProjection } from '../../../src/projections/audit/projection.js';
import { foldInMemory } from '../../../src/projections/foldInMemory.js';
import { stored } from '../../support/auditRig.js';
import { memoryTree } from '../../support/memoryTree.js';
import { foldStrictly, subjectNumber } from '../../support/projectionFold.js';

/** As it would be read from a store, at a position. */
function recorded(position: number, tenantId: string, data: JsonObject = {}): Recorded<DomainEvent> {
  const event: DomainEvent = {
    type: 'PersonalDataRead',
    data: {
      actor: { keyId: 'k', role: 'administrator' },
      action: 'profile-read',
      purpose: 'support',
      subjects: [subjectNumber(position % 3)],
      count: 1,
    },
  };
  const sent = stored(event, tenantId);
  const at = { commit: BigInt(position), prepare: BigInt(position) };
  const place = { streamName: `access-${tenantId}_i`, revision: BigInt(position), position: at };
  const decoded = decode({ ...sent, data: { ...sent.data, ...data }, ...place });
  if (decoded === undefined) throw new Error('an unknown type');
  return decoded;
}

t.test('each tenant has a tree of its own, numbered without gaps, however events are batched', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (tenants, size) => {
        const events = tenants.map((tenantId, at) => recorded(at + 1, tenantId));
        const whole = foldInMemory(auditProjection, events);
        if (
          JSON.stringify(foldStrictly(auditProjection, events, size)) !==
          JSON.stringify(foldStrictly(auditProjection, events))
        )
          return false;
        for (const tenant of new Set(tenants)) {
          const entries = [...(whole.get('auditEntries')?.values() ?? [])] as AuditEntryDocument[];
          const own = entries.filter(({ tenantId }) => tenantId === tenant);
          if (own.some(({ sequence }, at) => sequence !== at)) return false;
          const tree = whole.get('auditTrees')?.get(tenant) as AuditTreeDocument;
          const leaves = own.map((entry) => Buffer.from(entry.leafHash, 'hex'));
          if (tree.size !== own.length) return false;
          const root = await rootOf(tree.size, memoryTree(leaves).read);
          const nodes = own.map(({ leafHash, subtrees }) => [leafHash, ...subtrees]);
          const fromDocuments = await rootOf(tree.size, async (wanted) =>
            wanted.map(({ level, index }) =>
              Buffer.from(nodes[(index + 1) * 2 ** level - 1]?.[level] ?? '', 'hex'),
            ),
          );
          if (!root.equals(fromDocuments)) return false;
        }
        return true;
      },
    ),
    { numRuns: 60 },
  );
});

t.test('a leaf is the hash of the event as stored, in canonical form', async (t) => {
  const event = recorded(7, 'a', { note: 'sealed:v1:abc' });
  const [entry] = [...(foldInMemory(auditProjection, [event]).get('auditEntries')?.values() ?? [])];
  const metadata =
    '{"causationId":"m","correlationId":"c","messageId":"m","occurredAt":1772445600000,"recordedAt":1772445600000,"schemaVersion":1,"tenantId":"a"}';
  const data = `{"action":"profile-read","actor":{"keyId":"k","role":"administrator"},"count":1,"note":"sealed:v1:abc","purpose":"support","subjects":["${subjectNumber(1)}"]}`;
  const text = `{"data":${data},"id":"${event.id}","metadata":${metadata},"revision":"7","stream":"access-a_i","type":"personal-data-read.v1"}`;
  t.match(entry, { id: 'a/00000000000000000007', leafHash: leafHash(text).toString('hex'), subtrees: [] });
});

t.test('what an event is about is read from any shape, and none makes it throw', async (t) => {
  const [one, two] = [subjectNumber(1), subjectNumber(2)];
  const about = (data: object, streamName = 'x-default_i') =>
    aboutOf({ ...recorded(1, 'default'), streamName, event: { data } });
  const none = { actor: null, subjects: [], purpose: null, action: null };
  t.strictSame(about({}), none);
  t.strictSame(about({ subject: one, subjects: [two, one] }).subjects, [one, two]);
  t.strictSame(about({ linkedSubject: two }, `journey-default_${one}`).subjects, [one, two]);
  t.strictSame(about({ subjects: 'all', subject: 5, actor: 'me', purpose: {}, action: null }), none);
  t.strictSame(about({ subject: 'ann@example.org', actor: { keyId: 1, role: 'x' } }), none);
  t.strictSame(about({ actor: { keyId: 'k', role: 'r', name: 'Ann' } }).actor, { keyId: 'k', role: 'r' });
  t.equal(about({ subjects: Array.from({ length: 900 }, (_, n) => subjectNumber(n)) }).subjects.length, 500);
});
