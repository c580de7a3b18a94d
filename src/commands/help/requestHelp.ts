import { causedBy } from '../../domain/decision/cause.js';
import { CodedError } from '../../domain/errors.js';
import type { Position } from '../../domain/metadata.js';
import type { Decided, DecideHelp } from './decideHelp.js';
import { knownStrategy, type StrategiesInForce } from './strategies.js';

export interface HelpRequest {
  readonly tenantId: string;
  readonly subject: string;
  readonly strategyId: string;
  /** Of the one who asks: the same again is the same request. */
  readonly requestId: string;
  /** Of the HTTP request. */
  readonly correlationId: string;
}

export interface HelpRequested extends Decided {
  readonly decisionId: string;
}

/**
 * @throws CodedError `not-found` for a strategy or a person that is not there, `conflict` for a strategy that waits for
 * something else or is not enabled, or where the request was made for another person before
 */
export type RequestHelp = (request: HelpRequest) => Promise<HelpRequested>;

export function createRequestHelp(
  decide: DecideHelp,
  strategiesOf: (tenantId: string) => StrategiesInForce,
  isKnown: (tenantId: string, subject: string) => Promise<boolean>,
  /** Of the last event recorded. */
  head: () => Promise<Position | undefined>,
  now: () => number,
): RequestHelp {
  return async ({ tenantId, subject, strategyId, requestId, correlationId }) => {
    const { enabled, trigger } = knownStrategy(strategiesOf(tenantId), strategyId).definition;
    if (trigger.kind !== 'request')
      throw new CodedError('conflict', `The strategy waits for a ${trigger.kind}, not for a request.`);
    if (!enabled) throw new CodedError('conflict', 'The strategy is not enabled.');
    if (!(await isKnown(tenantId, subject)))
      throw new CodedError('not-found', 'Nothing is known of this person.');
    const decisionId = `request-${requestId}.${strategyId}`;
    const at = now();
    const position = await head();
    const decided = await decide({
      ...{ tenantId, subject, decisionId, causedAt: at },
      ...(position && { place: { position, since: at } }),
      cause: causedBy('request'),
      happening: { kind: 'request', strategyId },
      causedBy: { id: correlationId, metadata: metadataOf(tenantId, requestId, correlationId, at) },
    });
    if (decided.state.status === 'made' && decided.state.subject !== subject)
      throw new CodedError('conflict', 'This requestId was used for another person.');
    return { ...decided, decisionId };
  };
}

function metadataOf(tenantId: string, messageId: string, correlationId: string, at: number) {
  return {
    ...{ messageId, correlationId, causationId: correlationId, tenantId },
    ...{ schemaVersion: 1, occurredAt: at, recordedAt: at },
  };
}
