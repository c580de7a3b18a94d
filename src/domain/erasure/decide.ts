import { unreachable } from '../unreachable.js';
import type { ErasureCommand } from './commands.js';
import type { ErasureEvent } from './events.js';
import type { ErasureState } from './evolve.js';

/** The first beginning and the first end hold: what is repeated changes nothing. */
export function decide(command: ErasureCommand, state: ErasureState): ErasureEvent[] {
  switch (command.type) {
    case 'BeginErasure': {
      const { requestId, subjects } = command;
      return state.status === 'none' ? [{ type: 'ErasureBegun', data: { requestId, subjects } }] : [];
    }
    case 'CompleteErasure': {
      if (state.status !== 'begun') return [];
      const { requestId, erasedAt, remarks, receipt } = command;
      const { subjects } = state;
      return [{ type: 'PersonErased', data: { requestId, subjects, erasedAt, remarks, receipt } }];
    }
    default:
      return unreachable(command);
  }
}
