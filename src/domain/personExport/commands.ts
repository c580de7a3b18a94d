import type { Actor } from '../access/events.js';
import type { ExpiryReason, ExportPrepared, ExportRequested } from './events.js';

export type PersonExportCommand =
  | RequestExport
  | MarkPrepared
  | TellLink
  | BeginDownload
  | ExpireExport
  | FailExport;

export interface RequestExport {
  readonly type: 'RequestExport';
  readonly data: ExportRequested['data'];
}

export interface MarkPrepared {
  readonly type: 'MarkPrepared';
  readonly data: Pick<ExportPrepared['data'], 'bytes' | 'linkHash' | 'expiresAt'>;
}

export interface TellLink {
  readonly type: 'TellLink';
  readonly data: { readonly actor: Actor };
}

export interface BeginDownload {
  readonly type: 'BeginDownload';
  /** Epoch milliseconds. */
  readonly data: { readonly now: number; readonly actor: Actor };
}

export interface ExpireExport {
  readonly type: 'ExpireExport';
  readonly data: { readonly reason: ExpiryReason };
}

export interface FailExport {
  readonly type: 'FailExport';
  readonly data: { readonly reason: string };
}
