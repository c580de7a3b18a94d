import { CodedError } from '../errors.js';
import { unreachable } from '../unreachable.js';
import type { MarkPrepared, PersonExportCommand, RequestExport } from './commands.js';
import type { PersonExportEvent } from './events.js';
import type { KnownExport, PersonExportState } from './evolve.js';

/**
 * A command that changes nothing yields no events; only the download does not repeat.
 * @throws CodedError `not-found` for what was never asked for, `gone` for a second download or one that comes too late,
 * `conflict` for one that comes too early
 */
export function decide(command: PersonExportCommand, state: PersonExportState): PersonExportEvent[] {
  if (command.type === 'RequestExport') return request(command, state);
  if (state.status === 'none') throw new CodedError('not-found', 'There is no export of this id.');
  const about = { exportId: state.exportId, subject: state.subject };
  switch (command.type) {
    case 'MarkPrepared':
      return prepare(command, state);
    case 'TellLink':
      return state.status === 'prepared' && !state.linkTold
        ? [{ type: 'ExportLinkTold', data: { ...about, ...command.data } }]
        : [];
    case 'BeginDownload':
      checkDownload(state, command.data.now);
      return [{ type: 'ExportDownloaded', data: { ...about, actor: command.data.actor } }];
    case 'ExpireExport':
      return state.status === 'requested' || state.status === 'prepared'
        ? [{ type: 'ExportExpired', data: { ...about, reason: command.data.reason } }]
        : [];
    case 'FailExport':
      return state.status === 'requested'
        ? [{ type: 'ExportFailed', data: { ...about, reason: command.data.reason } }]
        : [];
    default:
      return unreachable(command);
  }
}

/** What failed may be asked for again. */
function request({ data }: RequestExport, state: PersonExportState): PersonExportEvent[] {
  return state.status === 'none' || state.status === 'failed' ? [{ type: 'ExportRequested', data }] : [];
}

/** An archive whose link nobody was told before a restart is made anew, under a new link. */
function prepare({ data }: MarkPrepared, state: KnownExport): PersonExportEvent[] {
  const { exportId, subject } = state;
  const isOpen = state.status === 'requested' || (state.status === 'prepared' && !state.linkTold);
  if (!isOpen || (state.status === 'prepared' && state.linkHash === data.linkHash)) return [];
  return [{ type: 'ExportPrepared', data: { exportId, subject, ...data } }];
}

function checkDownload(state: KnownExport, now: number): void {
  if (state.status === 'requested') throw new CodedError('conflict', 'The export is still being made.');
  if (state.status !== 'prepared' || now >= state.expiresAt) {
    throw new CodedError('gone', 'A link works once, for at most seven days: ask for a new export.');
  }
}
