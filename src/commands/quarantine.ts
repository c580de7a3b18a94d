import type { RejectedMessage } from '../domain/ingestion/events.js';
import type { Position } from '../domain/metadata.js';
import type { Sealers } from '../keyStore/sealing.js';
import type { IngestRequest, RejectedInput } from './incomingMessage.js';
import type { IngestionLog } from './ingestionLog.js';
import type { JourneyCause, Journeys } from './journeys.js';
import { impersonalMessageId, type SubjectOf } from './messageIds.js';
import { textFieldsOf } from './topLevelFields.js';

export interface QuarantineDependencies {
  readonly journeys: Pick<Journeys, 'beside'>;
  readonly ingestionLog: IngestionLog;
  readonly sealing: Sealers;
  readonly subjectOf: SubjectOf;
  readonly newId: () => string;
}

/**
 * Records a rejected message, its content sealed under the key of the person it names, so that it goes with the person; what
 * names nobody gets a key of its own. Of a person who was erased, or is being erased, the content is not kept.
 */
export async function quarantine(
  dependencies: QuarantineDependencies,
  tenantId: string,
  input: RejectedInput,
  cause: JourneyCause,
): Promise<Position> {
  const { journeys, ingestionLog, sealing, subjectOf, newId } = dependencies;
  const quarantineId = newId();
  const { code, message: reason } = input;
  const record = (message: Pick<RejectedMessage, 'messageId' | 'subject' | 'payload'>) => {
    const messages = [{ quarantineId, code, reason, ...message }];
    return ingestionLog.record(tenantId, [{ type: 'MessagesRejected', data: { messages } }], cause);
  };
  const { userId, anonymousId } = identitiesIn(input.payload);
  const subject =
    userId !== undefined
      ? subjectOf(tenantId, 'user', userId)
      : subjectOf(tenantId, 'anonymous', anonymousId ?? `quarantine/${quarantineId}`);
  const recorded = await journeys.beside(tenantId, subject, async () => {
    const sealer = await sealing.sealerOf(tenantId, subject);
    if (sealer === undefined) return undefined;
    const { messageId: given } = input;
    const messageId =
      given === null ? null : impersonalMessageId(tenantId, given, [userId, anonymousId], subjectOf);
    return record({ messageId, subject, payload: sealer.seal(quarantineId, 'payload', input.payload) });
  });
  return recorded ?? record({ messageId: null, payload: '' });
}

/** All rejected messages of a request, side by side. */
export function quarantineAll(
  dependencies: QuarantineDependencies,
  { tenantId, rejected }: IngestRequest,
  cause: JourneyCause,
): Promise<Position>[] {
  return rejected.map((input) => quarantine(dependencies, tenantId, input, cause));
}

/** Whom the message itself names; never whom its properties mention. */
function identitiesIn(payload: string) {
  const fields = textFieldsOf(payload, ['userId', 'user_id', 'anonymousId', 'anonymous_id']);
  const first = (...names: string[]) =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined && value !== '');
  return { userId: first('userId', 'user_id'), anonymousId: first('anonymousId', 'anonymous_id') };
}
