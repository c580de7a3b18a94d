import type { Readable } from 'node:stream';

/** Names one export in the archive; nothing in it says whose it is but the pseudonym. */
export interface ArchivedExport {
  readonly tenantId: string;
  readonly exportId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
}

export interface OpenedExport {
  /** Of the content. */
  readonly bytes: number;
  /** Destroy it where it is not read to its end. Fails with an error rather than give bytes that were tampered with. */
  readonly content: Readable;
}

/**
 * Where finished exports wait for their one download: a folder, or object storage. Each is sealed under a key of its own
 * that the archive never keeps.
 */
export interface ExportArchive {
  /** Marks an export as under way, durably, so that a crash cannot lose it. */
  begin(entry: ArchivedExport): Promise<void>;
  /**
   * Stores the content sealed under `key` (256 bits, never used before), streamed. It is there only once it is whole and
   * durable, in the place of what was there. Resolves with the content's size in bytes.
   */
  store(entry: ArchivedExport, key: Buffer, content: AsyncIterable<Buffer>): Promise<number>;
  /** Undefined where nothing is stored. What was opened can be read even when it is removed meanwhile. */
  open(entry: ArchivedExport, key: Buffer): Promise<OpenedExport | undefined>;
  /** Of what is under way and what is stored. Removing again changes nothing. */
  remove(entry: ArchivedExport): Promise<void>;
  /** Everything under way or stored. */
  list(): Promise<readonly ArchivedExport[]>;
}
