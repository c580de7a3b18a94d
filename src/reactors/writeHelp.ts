import type { WriteHelp } from '../commands/help/writeHelp.js';
import type { Reactor } from '../processors/processor.js';

export interface WriteHelpOptions {
  readonly write: WriteHelp;
  /** Called when it begins to run here: others may have spent meanwhile. */
  begin(): void;
}

/** Words the help that was decided on. */
export function writeHelp({ write, begin }: WriteHelpOptions): Reactor {
  return {
    name: 'write-help',
    replayPolicy: 'never',
    isUrgent: true,
    eventTypes: ['DecisionMade'],
    // Far more than models are asked at once: who waits for a model holds up nobody who gets a template.
    concurrency: 64,
    begin,
    async react(recorded) {
      const { event } = recorded;
      if (event.type === 'DecisionMade') await write({ ...recorded, event });
    },
  };
}
