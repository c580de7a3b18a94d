import type { Actor } from '../access/events.js';

/** One export of a person's data: asked for, made, told of, fetched once or expired. */
export type PersonExportEvent =
  | ExportRequested
  | ExportPrepared
  | ExportLinkTold
  | ExportDownloaded
  | ExportExpired
  | ExportFailed;

export const personExportEventTypes = [
  'ExportRequested',
  'ExportPrepared',
  'ExportLinkTold',
  'ExportDownloaded',
  'ExportExpired',
  'ExportFailed',
] as const satisfies readonly PersonExportEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(personExportEventTypes);

export function isPersonExportEvent(event: { readonly type: string }): event is PersonExportEvent {
  return typeNames.has(event.type);
}

/** Art. 15 GDPR, or Art. 20. */
export const exportKinds = ['access', 'portability'] as const;
export type ExportKind = (typeof exportKinds)[number];

/** What the export is about; repeated on each of its events so that a reader needs no second stream. */
export interface ExportSubject {
  readonly exportId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
}

export interface ExportRequested {
  readonly type: 'ExportRequested';
  readonly data: ExportSubject & {
    readonly kind: ExportKind;
    /** All pseudonyms that the person was named by, `subject` first. */
    readonly subjects: readonly string[];
    /** The person's request that it answers; null where an officer asked. */
    readonly requestId: string | null;
    /** The officer's key; absent where a request asked. */
    readonly actor?: Actor;
  };
}

/** The archive stands ready, sealed under a key that is in its link alone. */
export interface ExportPrepared {
  readonly type: 'ExportPrepared';
  readonly data: ExportSubject & {
    /** Of the archive. */
    readonly bytes: number;
    /** Tells the right link from others and nothing of its key: a hash, base64url. */
    readonly linkHash: string;
    /** Epoch milliseconds. */
    readonly expiresAt: number;
  };
}

/** The link was handed out. It is nowhere else. `actor`: whose key it was told to; first versions recorded none. */
export interface ExportLinkTold {
  readonly type: 'ExportLinkTold';
  readonly data: ExportSubject & { readonly actor?: Actor };
}

/** The one download began. `actor`: whoever held the link; first versions recorded none. */
export interface ExportDownloaded {
  readonly type: 'ExportDownloaded';
  readonly data: ExportSubject & { readonly actor?: Actor };
}

export interface ExportExpired {
  readonly type: 'ExportExpired';
  /** `time`: nobody fetched it; `withdrawn`: removed before, as when the person is erased. */
  readonly data: ExportSubject & { readonly reason: ExpiryReason };
}
export type ExpiryReason = 'time' | 'withdrawn';

export interface ExportFailed {
  readonly type: 'ExportFailed';
  /** A code, never an error's free text. */
  readonly data: ExportSubject & { readonly reason: string };
}
