import type { IngestMessages } from '../../commands/incomingMessage.js';
import type { OpenSealed } from '../../commands/personalAccess.js';
import type { RecordReplay } from '../../commands/recordReplay.js';
import { CodedError } from '../../domain/errors.js';
import type { JsonValue } from '../../domain/json.js';
import type { ReplayQuarantined } from '../reads/quarantine.js';
import type { Adapted } from './adapter.js';
import { adaptApiEvents } from './eventsApi.js';
import { parseJsonText } from './json.js';
import { adaptSegmentHistory } from './segment.js';

export interface ReplayDependencies {
  readonly ingestMessages: IngestMessages;
  readonly recordReplay: RecordReplay;
  readonly openSealed: OpenSealed;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Sends a rejected message through the door it came to, as of the time it came. What is still not valid stays the same
 * entry of the quarantine. Where the record of the outcome is lost to a crash, another replay finds a duplicate.
 */
export function createReplayQuarantined(dependencies: ReplayDependencies): ReplayQuarantined {
  const { ingestMessages, recordReplay, openSealed, now } = dependencies;
  return async ({ tenantId, correlationId, message }) => {
    const { id: quarantineId, rejectedAt } = message;
    const [payload] = await openSealed(tenantId, [message.payload]);
    if (typeof payload !== 'string') throw new CodedError('conflict', 'The person it was about was erased.');
    const source = message.source ?? 'segment';
    const receivedAt = now();
    const { messages, rejected } = adapt(payload, source, Date.parse(rejectedAt));
    const [rejection] = rejected;
    const accepted = rejection === undefined;
    if (accepted) {
      await ingestMessages({ tenantId, correlationId, source, receivedAt, messages, rejected: [] });
    }
    const recorded = { tenantId, correlationId, quarantineId, accepted, recordedAt: receivedAt };
    const position = await recordReplay(recorded);
    return {
      accepted,
      rejection: accepted ? null : { code: rejection.code, message: rejection.message },
      position,
    };
  };
}

function adapt(payload: string, source: string, receivedAt: number): Adapted {
  const { value, needsCleaning } = parseStored(payload);
  const received = { receivedAt, needsCleaning };
  return source === 'events-api' ? adaptApiEvents(value, received) : adaptSegmentHistory([value], received);
}

function parseStored(payload: string): { readonly value: JsonValue; readonly needsCleaning: boolean } {
  try {
    return parseJsonText(payload);
  } catch {
    throw new CodedError(
      'conflict',
      'This message was too large to be kept whole: send it again from its source.',
    );
  }
}
