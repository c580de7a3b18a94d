import { unreachable } from '../unreachable.js';
import type { ExpiryReason, ExportRequested, PersonExportEvent } from './events.js';

export type PersonExportState = { readonly status: 'none' } | KnownExport;

type Asked = ExportRequested['data'];

/** Bounded: an export's own fields, however often it was made. */
export type KnownExport = Asked &
  (
    | { readonly status: 'requested' }
    | {
        readonly status: 'prepared';
        readonly bytes: number;
        readonly linkHash: string;
        readonly expiresAt: number;
        readonly linkTold: boolean;
      }
    /** The hash stays, so that who holds the link is told that it was used, and others nothing. */
    | { readonly status: 'downloaded'; readonly linkHash: string }
    | { readonly status: 'expired'; readonly linkHash: string | null; readonly reason: ExpiryReason }
    | { readonly status: 'failed'; readonly reason: string }
  );

export const initialState: PersonExportState = { status: 'none' };

export function evolve(state: PersonExportState, event: PersonExportEvent): PersonExportState {
  if (event.type === 'ExportRequested') return { ...event.data, status: 'requested' };
  // What has no beginning changes nothing.
  if (state.status === 'none') return state;
  const { exportId, subject, subjects, kind, requestId } = state;
  const asked = { exportId, subject, subjects, kind, requestId };
  switch (event.type) {
    case 'ExportPrepared': {
      const { bytes, linkHash, expiresAt } = event.data;
      return { ...asked, status: 'prepared', bytes, linkHash, expiresAt, linkTold: false };
    }
    case 'ExportLinkTold':
      return state.status === 'prepared' ? { ...state, linkTold: true } : state;
    case 'ExportDownloaded':
      return state.status === 'prepared'
        ? { ...asked, status: 'downloaded', linkHash: state.linkHash }
        : state;
    case 'ExportExpired': {
      const linkHash = state.status === 'prepared' ? state.linkHash : null;
      return { ...asked, status: 'expired', linkHash, reason: event.data.reason };
    }
    case 'ExportFailed':
      return { ...asked, status: 'failed', reason: event.data.reason };
    default:
      return unreachable(event);
  }
}
