import t from 'tap';
import { planQuery } from '../../../src/documentStore/documentIndexPlan.js';
import { openEmbeddedDocumentStore } from '../../../src/integrations/embedded/embeddedDocumentStore.js';
import {
  type AuditEntryDocument,
  type AuditSubjectDocument,
  auditEntriesCollection,
  auditSubjectsCollection,
} from '../../../src/projections/audit/document.js';
import { listAuditEntries } from '../../../src/queries/audit.js';
import type { PageCursor } from '../../../src/queries/page.js';
import { testFolder } from '../../support/testFolder.js';

const [ann, bob, eve] = ['a'.repeat(32), 'b'.repeat(32), 'e'.repeat(32)];
/** Of each entry whom it is about, and when it was recorded: several at a time, and not always in order. */
const entries: readonly (readonly [subjects: readonly string[], recordedAt: number])[] = [
  [[ann], 1000],
  [[bob, ann], 1000],
  [[], 1000],
  [[eve, bob, ann], 2000],
  [[ann, eve], 1500],
  [[bob], 2500],
  [[ann], 2500],
  [[eve, ann], 2500],
];

t.test('all entries about a person are listed, whatever their place in them, newest first', async (t) => {
  const store = openEmbeddedDocumentStore({ folder: testFolder(t) });
  t.teardown(() => store.close());
  await store.define([auditEntriesCollection, auditSubjectsCollection]);
  const puts = entries.flatMap(([subjects, recordedAt], sequence) => {
    const entry = entryOf(sequence, subjects, recordedAt);
    const further = subjects.slice(1).map((subject): AuditSubjectDocument => {
      const { id, tenantId, type } = entry;
      return { ...{ id: `${id}/${subject}`, tenantId, subject, type, recordedAt }, entryId: id };
    });
    return [
      { collection: auditEntriesCollection.name, document: entry },
      ...further.map((document) => ({ collection: auditSubjectsCollection.name, document })),
    ];
  });
  await store.commit({ puts });
  const view = { tenantId: 'default', documents: store, position: null };

  for (const subject of [ann, bob, eve]) {
    const expected = entries
      .map(([subjects, at], sequence) => ({ subjects, at, sequence }))
      .filter(({ subjects }) => subjects.includes(subject))
      .sort((a, b) => b.at - a.at || b.sequence - a.sequence)
      .map(({ sequence }) => sequence);
    for (const limit of [1, 2, 3, 100]) {
      const listed: number[] = [];
      for (let after: PageCursor | undefined, pages = 0; pages === 0 || after !== undefined; pages++) {
        const page = await listAuditEntries(view, { subject }, { limit, ...(after && { after }) });
        t.ok(page.items.length <= limit);
        listed.push(...page.items.map(({ sequence }) => sequence));
        after = page.next;
      }
      t.strictSame(listed, expected, `${limit} at a time`);
    }
  }
  const { items } = await listAuditEntries(view, { subject: ann, type: 'odd.v1' }, { limit: 100 });
  t.strictSame(
    items.map(({ sequence }) => sequence),
    [7, 3, 1],
    'of one type',
  );
});

t.test('one type of a person is looked for among what is about them, not among all of the type', (t) => {
  const { index } = planQuery(auditEntriesCollection.indexes, {
    where: { tenantId: 'default', about: ann, type: 'odd.v1' },
    sort: { field: 'recordedAt', direction: 'desc' },
  });
  t.strictSame(auditEntriesCollection.indexes[index ?? -1], ['tenantId', 'about', 'recordedAt']);
  t.end();
});

function entryOf(sequence: number, subjects: readonly string[], recordedAt: number): AuditEntryDocument {
  const [about] = subjects;
  return {
    id: `default/${`${sequence}`.padStart(20, '0')}`,
    tenantId: 'default',
    sequence,
    position: `${sequence}`,
    stream: 'access-1',
    revision: `${sequence}`,
    eventId: `event-${sequence}`,
    type: sequence % 2 === 0 ? 'even.v1' : 'odd.v1',
    actor: null,
    subjects,
    ...(about !== undefined && { about }),
    purpose: null,
    action: null,
    correlationId: 'c',
    occurredAt: recordedAt,
    recordedAt,
    leafHash: '',
    subtrees: [],
  };
}
