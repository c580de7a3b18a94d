import { randomUUID } from 'node:crypto';
import type { Collection } from 'mongodb';
import { CheckpointMoved } from '../../documentStore/documentStore.js';
import { type Change, type ChangeWriter, writeChanges } from './documentChanges.js';
import { isDuplicateKey } from './failures.js';

/** The last commit of a checkpoint's name. One document, so that a commit is made or not, whatever it changes. */
interface Head {
  /** The checkpoint's name. */
  readonly _id: string;
  /** Counts the commits of the name from 1. */
  readonly s: number;
  readonly value: string;
  /** Tells the commit from another with the same number. */
  readonly by: string;
  /** Until the documents are known to be written: the changes, or the number of parts that hold them. */
  readonly changes?: readonly Change[];
  readonly parts?: number;
}

/** Changes of a commit too large for its head. */
interface Part {
  /** `by` of the commit, and the place among its parts. */
  readonly _id: string;
  readonly name: string;
  readonly s: number;
  readonly changes: readonly Change[];
}

/** The commit on which what this process holds in memory is based. */
interface Known {
  readonly s: number;
  /** Later commits without documents, of which it is not known whether they were made. */
  readonly unsure: Set<string>;
}

/** Bytes of changes in one document: so far below the 16 MiB of MongoDB that any estimate will do. */
const portionBytes = 7 * 1024 * 1024;

/**
 * Commits with a checkpoint. Such a commit is the replacement of its head, under the condition that the stored head is
 * the one this process knows: that moment decides. Then its documents are written, each with the number of the commit,
 * and the head is relieved of them. Whoever opens the checkpoint next completes what an interrupted writer left. One
 * that was paused and comes back loses against the higher numbers, and its next commit fails.
 * Calls for one name must not overlap.
 */
export class CheckpointLog {
  readonly #heads: Collection<Head>;
  readonly #parts: Collection<Part>;
  readonly #known = new Map<string, Known>();

  constructor(readonly writer: ChangeWriter) {
    const { database } = writer.connection;
    this.#heads = database.collection<Head>('_checkpoints');
    this.#parts = database.collection<Part>('_commitParts');
  }

  /** The checkpoint, with every document up to it in place. From now on commits are based on it. */
  async open(name: string): Promise<string | undefined> {
    const head = await this.writer.connection.read(() => this.#heads.findOne({ _id: name }));
    if (head?.changes !== undefined || head?.parts !== undefined) {
      await this.#write(head, head.changes ?? (await this.#changesIn(head)));
      await this.#relieve(head);
    }
    this.#known.set(name, { s: head?.s ?? 0, unsure: new Set() });
    return head?.value;
  }

  /** @throws CheckpointMoved where another commit was made since `open` or the last commit */
  async commit(name: string, value: string, changes: readonly Change[]): Promise<void> {
    if (!this.#known.has(name)) await this.open(name);
    for (;;) {
      const known = this.#known.get(name) ?? { s: 0, unsure: new Set() };
      const head = await this.#prepare(name, value, known.s + 1, changes);
      const rival = await this.#decide(head, known);
      if (rival !== undefined) {
        if (!known.unsure.has(rival.by)) throw new CheckpointMoved(`another commit of ${name} was made`);
        // Our own, made after all; it had no documents, so nothing in memory is out of date.
        this.#known.set(name, { s: rival.s, unsure: known.unsure });
        continue;
      }
      // Only now known: where the documents cannot be written, the next commit fails until the checkpoint is opened.
      if (changes.length > 0) await this.#write(head, changes);
      this.#known.set(name, { s: head.s, unsure: new Set() });
      // Of no consequence: documents that are written again from a laden head stay as they are.
      if (changes.length > 0) await this.#relieve(head).catch(() => undefined);
      return;
    }
  }

  /** Of a large commit the parts are stored before the head that refers to them. */
  async #prepare(name: string, value: string, s: number, changes: readonly Change[]): Promise<Head> {
    const head = { _id: name, s, value, by: randomUUID() };
    if (changes.length === 0) return head;
    const portions = portionsOf(changes);
    if (portions.length === 1) return { ...head, changes };
    for (const [place, portion] of portions.entries()) {
      const part = { _id: partId(head, place), name, s, changes: portion };
      await this.writer.connection.write(() => isNew(this.#parts.insertOne(part)));
    }
    return { ...head, parts: portions.length };
  }

  /** Undefined where the commit was made, else the head that stands in its place. */
  async #decide(head: Head, { s, unsure }: Known): Promise<Head | undefined> {
    try {
      // Repeated where the answer was lost, so it looks whether an earlier attempt was the one.
      return await this.writer.connection.write(async () => {
        if (await this.#replace(head, s)) return undefined;
        const current = await this.#heads.findOne({ _id: head._id });
        if (current === null) throw new CheckpointMoved(`the commits of ${head._id} are gone`);
        return current.by === head.by ? undefined : current;
      });
    } catch (error) {
      if (head.changes === undefined && head.parts === undefined) unsure.add(head.by);
      throw error;
    }
  }

  async #replace(head: Head, expected: number): Promise<boolean> {
    if (expected === 0) return isNew(this.#heads.insertOne(head));
    const { _id, ...rest } = head;
    const { matchedCount } = await this.#heads.replaceOne({ _id, s: expected }, rest);
    return matchedCount === 1;
  }

  #write({ _id: name, s: number }: Head, changes: readonly Change[]): Promise<void> {
    return writeChanges(this.writer, changes, { name, number });
  }

  async #changesIn(head: Head): Promise<readonly Change[]> {
    const found: Change[] = [];
    for (let place = 0; place < (head.parts ?? 0); place++) {
      const _id = partId(head, place);
      const part = await this.writer.connection.read(() => this.#parts.findOne({ _id }));
      // Completed by another meanwhile: parts go only after the head was relieved of them.
      if (part === null) return [];
      found.push(...part.changes);
    }
    return found;
  }

  /** Takes the documents out of the head; then parts of this commit, and of earlier ones that failed, are of no use. */
  async #relieve({ _id: name, s, by, parts }: Head): Promise<void> {
    await this.writer.connection.write(() =>
      this.#heads.updateOne({ _id: name, s, by }, { $unset: { changes: '', parts: '' } }),
    );
    if (parts === undefined) return;
    await this.writer.connection.write(() => this.#parts.deleteMany({ name, s: { $lte: s } }));
  }
}

function partId({ by }: Head, place: number): string {
  return `${by}:${place}`;
}

/** False where there is one with this id. */
async function isNew(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion;
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function portionsOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const portions: Change[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    const size = sizeOf(change);
    if (bytes + size > portionBytes) {
      portions.push([]);
      bytes = 0;
    }
    portions.at(-1)?.push(change);
    bytes += size;
  }
  return portions;
}

function sizeOf({ c, d }: Change): number {
  const { _id, k = {}, body = '' } = d;
  const entries = Object.entries(k).reduce(
    (sum, [name, entry]) => sum + name.length + 2 * entry.length + 8,
    0,
  );
  return c.length + 2 * _id.length + entries + Buffer.byteLength(body) + 64;
}
