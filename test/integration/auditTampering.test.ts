import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { rootOf } from '../../src/audit/merkleTree.js';
import { type HeadKey, type SignedHead, signHead } from '../../src/audit/signedHead.js';
import { nodesOfTrail } from '../../src/audit/trailReader.js';
import { type AuditHeadDocument, auditHeadsCollection } from '../../src/audit/treeHeads.js';
import type { Document } from '../../src/documentStore/documentStore.js';
import type { RecordedEvent } from '../../src/eventStore/eventStore.js';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import { newHeadKey, openAuditRig, rewriteLog, signedFolder, verifyFolder } from '../support/auditRig.js';
import { testFolder } from '../support/testFolder.js';

const key = newHeadKey();
t.setTimeout(120_000);
let original: string;

t.before(async () => {
  original = testFolder(t);
  await signedFolder(original, key, join(original, 'anchor.jsonl'));
});

/** Of everything that stands in a trail's folder, how it was and how someone left it. */
async function tampered(t: Test, tamper: (folder: string, anchorFile: string) => Promise<void>) {
  const folder = testFolder(t);
  await cp(original, folder, { recursive: true });
  const anchorFile = join(folder, 'anchor.jsonl');
  const before = await verifyFolder(folder, { anchorFile, trusted: key });
  t.strictSame(before, { tenants: 2, entries: 14, heads: 5, anchored: 5 }, 'it was as it should be');
  await tamper(folder, anchorFile);
  return { folder, anchorFile };
}

const edits: readonly {
  readonly title: string;
  readonly change: (events: readonly RecordedEvent[]) => RecordedEvent[];
  readonly finding: RegExp;
}[] = [
  {
    title: 'an event edited',
    change: (events) => events.map((event, at) => (at === 4 ? withPurpose(event, 'nothing much') : event)),
    finding: /^Entry 3 of tenant default \(event at position 5\) is not the event that was recorded there/,
  },
  {
    title: "an event's time edited",
    change: (events) =>
      events.map((event, at) =>
        at === 4 ? { ...event, metadata: { ...event.metadata, recordedAt: 1 } } : event,
      ),
    finding: /^Entry 3 of tenant default .* is not the event that was recorded there/,
  },
  {
    title: 'an event deleted',
    change: (events) => events.filter((_, at) => at !== 4),
    finding: /^Entry 3 of tenant default .* is not the event that was recorded there/,
  },
  {
    title: 'two events in another order',
    change: (events) => events.map((event, at) => events[at === 4 ? 5 : at === 5 ? 4 : at] ?? event),
    finding: /^Entry 3 of tenant default .* is not the event that was recorded there/,
  },
  {
    title: 'an event slipped in',
    change: (events) =>
      events.flatMap((event, at) => (at === 4 ? [withPurpose(event, 'x', '0'), event] : [event])),
    finding: /^Entry 3 of tenant default .* is not the event that was recorded there/,
  },
  {
    title: 'the end cut off',
    change: (events) => events.slice(0, -1),
    finding: /^The event log was cut: the stored head of tenant default for 12 entries, .* the log gives 11/,
  },
  {
    title: 'a whole tenant removed',
    change: (events) => events.filter(({ metadata }) => metadata.tenantId !== 'other'),
    finding: /was cut|what the stored entry says of the event was edited/,
  },
];

for (const { title, change, finding } of edits) {
  t.test(`${title}, with all checksums in order, is found without anything from outside`, async (t) => {
    const { folder } = await tampered(t, (folder) => rewriteLog(folder, change));
    t.match(await verifyFolder(folder), finding);
  });

  t.test(`${title}, and the read model made anew from it, is found by the signed heads`, async (t) => {
    const { folder } = await tampered(t, async (folder) => {
      await rewriteLog(folder, change);
      await rebuildTrail(folder);
    });
    t.match(await verifyFolder(folder), /(stored head of tenant \w+ for \d+ entries.* does not fit)|was cut/);
  });

  t.test(`${title}, and all heads signed anew with another key, is found by the key`, async (t) => {
    const forger = newHeadKey();
    const { folder, anchorFile } = await tampered(t, async (folder) => {
      await rewriteLog(folder, change);
      await rebuildTrail(folder);
      await signAnew(folder, forger);
    });
    t.match(await verifyFolder(folder, { trusted: key }), /by none of the public keys given/);
    t.match(await verifyFolder(folder, { anchorFile }), /does not fit|lacks|was cut|cannot be valid/);
  });

  t.test(`${title}, and all heads signed anew with the very key, is found by the anchor`, async (t) => {
    const { folder, anchorFile } = await tampered(t, async (folder) => {
      await rewriteLog(folder, change);
      await rebuildTrail(folder);
      await signAnew(folder, key);
    });
    t.type(
      await verifyFolder(folder, { trusted: key }),
      'object',
      'nothing in the folder itself gives it away',
    );
    const finding = /^The anchor lacks the stored head of tenant|nchored head .* does not fit|was cut/;
    t.match(await verifyFolder(folder, { trusted: key, anchorFile }), finding);
  });
}

t.test('an edited node of the stored tree is found', async (t) => {
  const { folder } = await tampered(t, (folder) =>
    editDocument(folder, 'auditEntries.v3.1', 7, (entry) => ({ ...entry, subtrees: ['00'.repeat(32)] })),
  );
  t.match(await verifyFolder(folder), /^Entry \d+ of tenant \w+ .*: the stored tree was edited/);
});

t.test('an edited entry is found, in its hash and in its words', async (t) => {
  const hash = await tampered(t, (folder) =>
    editDocument(folder, 'auditEntries.v3.1', 7, (entry) => ({ ...entry, leafHash: '00'.repeat(32) })),
  );
  t.match(await verifyFolder(hash.folder), /the event or its entry was edited, removed or moved/);
});

t.test('an entry that names another actor is found', async (t) => {
  const words = await tampered(t, (folder) =>
    editDocument(folder, 'auditEntries.v3.1', 7, (entry) => ({ ...entry, actor: null })),
  );
  t.match(await verifyFolder(words.folder), /what the stored entry says of the event was edited/);
});

t.test('an entry removed from the stored trail is found', async (t) => {
  const { folder } = await tampered(t, async (folder) => {
    await withDocuments(folder, async (store) => {
      const { documents } = await store.find('auditEntries.v3.1', { limit: 10 });
      const id = documents[7]?.id ?? '';
      await store.commit({ deletes: [{ collection: 'auditEntries.v3.1', id }] });
    });
  });
  t.match(await verifyFolder(folder), /^Entry \d+ .* is missing from the stored trail/);
});

t.test('an edited frontier is found', async (t) => {
  for (const change of [{ size: 5 }, { size: 13 }, { frontier: ['00'.repeat(32)] }]) {
    const { folder } = await tampered(t, (folder) =>
      editDocument(folder, 'auditTrees.v3.1', 0, (tree) => ({ ...tree, ...change })),
    );
    t.match(
      await verifyFolder(folder),
      /^(The stored tree of tenant default was edited|Tenant default lacks)/,
    );
  }
});

t.test('an edited head is found, whatever of it was edited', async (t) => {
  const changes: Partial<SignedHead>[] = [
    { treeSize: 3 },
    { rootHash: '00'.repeat(32) },
    { timestamp: '2026-03-01T10:00:00.000Z' },
    { tenantId: 'other' },
    { signature: Buffer.alloc(64).toString('base64') },
  ];
  for (const change of changes) {
    const { folder } = await tampered(t, (folder) =>
      editDocument(folder, auditHeadsCollection.name, 1, (head) => ({ ...head, ...change })),
    );
    t.match(await verifyFolder(folder), /^The signature of the stored head .* is not valid/);
  }
});

t.test('a head of a key that the folder does not know is found', async (t) => {
  const { folder } = await tampered(t, (folder) =>
    editDocument(folder, auditHeadsCollection.name, 1, (head) => ({ ...head, keyId: '0'.repeat(32) })),
  );
  t.match(await verifyFolder(folder), /by a key that the data folder does not know/);
});

t.test('heads that the folder lost are made up for by the anchor', async (t) => {
  const { folder, anchorFile } = await tampered(t, (folder) =>
    withDocuments(folder, async (store) => {
      const { documents } = await store.find(auditHeadsCollection.name, { limit: 10 });
      await store.commit({
        deletes: documents.map(({ id }) => ({ collection: auditHeadsCollection.name, id })),
      });
    }),
  );
  t.match(await verifyFolder(folder, { anchorFile }), { heads: 0, anchored: 5 }, 'as after a power failure');
  await rewriteLog(folder, (events) =>
    events.map((event, at) => (at === 4 ? withPurpose(event, 'x') : event)),
  );
  await rebuildTrail(folder);
  t.type(await verifyFolder(folder), 'object', 'nothing in the folder itself gives it away');
  t.match(await verifyFolder(folder, { anchorFile }), /^The anchored head of tenant default .* does not fit/);
});

t.test('an anchor that was edited or cut is found', async (t) => {
  const { folder, anchorFile } = await tampered(t, async () => undefined);
  const text = await readFile(anchorFile, 'utf8');
  await writeFile(anchorFile, text.replace('"treeSize":4', '"treeSize":5'));
  t.match(await verifyFolder(folder, { anchorFile }), /^The signature of the anchored head .* is not valid/);
  await writeFile(anchorFile, text.slice(0, -10));
  t.match(await verifyFolder(folder, { anchorFile }), /^Line 5 of the anchor is no signed head/);
  await writeFile(anchorFile, `${text.split('\n').slice(0, 3).join('\n')}\n`);
  t.match(await verifyFolder(folder, { anchorFile }), /^The anchor lacks the stored head/);
});

t.test('an anchor that holds a head twice, as after a crash, is fine', async (t) => {
  const { folder, anchorFile } = await tampered(t, async () => undefined);
  const text = await readFile(anchorFile, 'utf8');
  await writeFile(anchorFile, text + text);
  t.type(await verifyFolder(folder, { anchorFile }), 'object');
});

t.test('a trail that was changed is not signed any more', async (t) => {
  const { folder } = await tampered(t, async (folder) => {
    await rewriteLog(folder, (events) =>
      events.map((event, at) => (at === 4 ? withPurpose(event, 'x') : event)),
    );
    await rebuildTrail(folder);
  });
  const rig = await openAuditRig(folder, { key });
  await rig.record(40);
  await rig.record(41, 'other');
  await rig.caughtUp();
  await t.rejects(rig.heads.current('default'), { code: 'conflict' });
  t.equal((await rig.heads.current('other')).treeSize, 3, "another tenant's still is");
  await t.rejects(rig.heads.signAndAnchor(), { code: 'conflict' });
  await rig.close();
});

function withPurpose(event: RecordedEvent, purpose: string, idEnd?: string): RecordedEvent {
  const id =
    idEnd === undefined ? event.id : `${event.id.slice(0, -1)}${event.id.endsWith('0') ? '1' : idEnd}`;
  return { ...event, id, data: { ...event.data, purpose } };
}

/** The projection's documents, checkpoint and all, as the changed log gives them; signed heads stay. */
async function rebuildTrail(folder: string): Promise<void> {
  const heads = await withDocuments(folder, async (store) => ({
    heads: (await store.find<AuditHeadDocument>(auditHeadsCollection.name, { limit: 100 })).documents,
    keys: (await store.find<Document>('auditKeys', { limit: 100 })).documents,
  }));
  await rm(join(folder, 'documents'), { recursive: true });
  const rig = await openAuditRig(folder, { key });
  await rig.caughtUp();
  await rig.documentStore.commit({
    puts: [
      ...heads.heads.map((document) => ({ collection: auditHeadsCollection.name, document })),
      ...heads.keys.map((document) => ({ collection: 'auditKeys', document })),
    ],
  });
  await rig.close();
}

/** Signs heads of the same sizes, as far as there still are such trees, and removes the earlier ones. */
async function signAnew(folder: string, signer: HeadKey): Promise<void> {
  const rig = await openAuditRig(folder, { key: signer });
  const { documents } = await rig.documentStore.find<AuditHeadDocument>(auditHeadsCollection.name, {
    limit: 100,
  });
  for (const document of documents) {
    const { id, tenantId, treeSize, timestamp } = document;
    const size = await rig.trail.count('auditEntries', { tenantId });
    const collection = auditHeadsCollection.name;
    if (treeSize > size) await rig.documentStore.commit({ deletes: [{ collection, id }] });
    else {
      const root = await rootOf(treeSize, nodesOfTrail(rig.trail, tenantId));
      const head = signHead(signer, { tenantId, treeSize, timestamp, rootHash: root.toString('hex') });
      await rig.documentStore.commit({
        puts: [{ collection, document: { ...document, ...head } as Document }],
      });
    }
  }
  await rig.close();
}

async function withDocuments<T>(
  folder: string,
  use: (store: ReturnType<typeof openEmbeddedDocumentStore>) => Promise<T>,
): Promise<T> {
  const store = openEmbeddedDocumentStore({ folder: join(folder, 'documents') });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function editDocument(
  folder: string,
  collection: string,
  at: number,
  edit: (document: Document) => Document,
): Promise<void> {
  await withDocuments(folder, async (store) => {
    const document = (await store.find<Document>(collection, { limit: 100 })).documents[at];
    if (document === undefined) throw new Error(`${collection} has no document ${at}`);
    await store.commit({ puts: [{ collection, document: edit(document) }] });
  });
}
