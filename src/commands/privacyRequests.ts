import { CodedError } from '../domain/errors.js';
import type { JsonObject, JsonValue } from '../domain/json.js';
import type { PrivacyRequestCommand } from '../domain/privacyRequest/commands.js';
import type { PrivacyRequestReceived, Regulation } from '../domain/privacyRequest/events.js';
import type { KnownRequest } from '../domain/privacyRequest/evolve.js';
import { formatPosition } from '../eventStore/eventStore.js';
import type { FulfilRequest, RequestType } from './personRights.js';
import {
  type ExecutedPrivacyRequest,
  executeOnPrivacyRequest,
  loadPrivacyRequest,
  type PrivacyRequestAddress,
  type PrivacyRequestStreams,
} from './privacyRequestStream.js';

/** What carries out requests, by type; a type without one is refused at the door. */
export type Fulfillers = Readonly<Partial<Record<RequestType, FulfilRequest>>>;

/** Seals a personal value of a request: resolves with a text that begins `sealed:v1:`. Stores nothing. */
export type SealRequestValue = (
  tenantId: string,
  subject: string,
  requestId: string,
  value: JsonValue,
) => Promise<string>;

export interface ReceivedIdentity {
  readonly kind: 'user' | 'anonymous';
  readonly value: string;
}

export interface ReceivePrivacyRequest extends PrivacyRequestAddress {
  readonly correlationId: string;
  /** The id of the key it came with. */
  readonly by: string;
  readonly requestType: RequestType;
  readonly regulation: Regulation;
  /** At least one. The first is whose keys seal the details. */
  readonly identities: readonly ReceivedIdentity[];
  /** Of a rectification the new values by trait, of a restriction `{ restricted }`. In the clear. */
  readonly details: JsonObject;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  readonly verification: PrivacyRequestReceived['data']['verification'];
  readonly callbackUrls: readonly string[];
}

export interface PrivacyRequestResult {
  readonly request: KnownRequest;
  /** For `waitFor` of the list. */
  readonly position: string;
}

export interface PrivacyRequests {
  /**
   * The same again answers the same request.
   * @throws CodedError `request-type-not-supported`; `conflict` for other content under an id that was used
   */
  receive(request: ReceivePrivacyRequest): Promise<PrivacyRequestResult>;
  /** What officers do. @throws CodedError `not-found`, `conflict` */
  change(
    address: PrivacyRequestAddress,
    command: OfficerCommand,
    correlationId: string,
  ): Promise<PrivacyRequestResult>;
  /** @throws CodedError `not-found` */
  find(address: PrivacyRequestAddress): Promise<PrivacyRequestResult>;
}

export type OfficerCommand = Extract<
  PrivacyRequestCommand,
  { type: 'VerifyIdentity' | 'ExtendRequest' | 'RejectRequest' | 'CancelRequest' | 'RetryRequest' }
>;

export interface PrivacyRequestsOptions {
  readonly streams: PrivacyRequestStreams;
  readonly fulfillers: Fulfillers;
  /** The pseudonym of an identity. */
  subjectOf(tenantId: string, kind: 'user' | 'anonymous', value: string): string;
  readonly seal: SealRequestValue;
  /** A digest under a secret of the installation: whoever has it alone cannot try values against it. */
  digest(text: string): string;
}

export function createPrivacyRequests(options: PrivacyRequestsOptions): PrivacyRequests {
  const { streams, fulfillers, subjectOf, seal, digest } = options;

  async function receive(request: ReceivePrivacyRequest): Promise<PrivacyRequestResult> {
    const { tenantId, requestId, requestType, correlationId, by, details, ...asked } = request;
    if (fulfillers[requestType] === undefined) {
      throw new CodedError(
        'request-type-not-supported',
        `This installation does not carry out requests of type ${requestType}; see GET /v1/privacy/discovery.`,
      );
    }
    const { regulation, submittedAt, verification, callbackUrls } = asked;
    const subjects = [
      ...new Set(asked.identities.map(({ kind, value }) => subjectOf(tenantId, kind, value))),
    ];
    const content = { requestType, regulation, subjects, details, submittedAt, verification, callbackUrls };
    const contentDigest = digest(canonicalJson(content));
    const { state } = await loadPrivacyRequest(streams, request);
    // Sealing differs each time, and the keys may be gone by now: a repetition has no need of them.
    const sealed = state.status === 'none' ? await sealDetails(request, subjects[0]) : {};
    const data = { ...content, requestId, details: sealed, at: streams.now(), by, contentDigest };
    const command = { type: 'ReceiveRequest', data } as const;
    return resultOf(await executeOnPrivacyRequest(streams, request, command, correlationId));
  }

  async function sealDetails(
    { tenantId, requestId, requestType, details }: ReceivePrivacyRequest,
    subject: string | undefined,
  ): Promise<JsonObject> {
    // Whether a restriction begins or ends says nothing that its type does not.
    if (requestType !== 'rectification' || subject === undefined) return details;
    const sealed: JsonObject = {};
    for (const [trait, value] of Object.entries(details)) {
      if (value !== undefined) sealed[trait] = await seal(tenantId, subject, requestId, value);
    }
    return sealed;
  }

  return {
    receive,
    change: async (address, command, correlationId) =>
      resultOf(await executeOnPrivacyRequest(streams, address, command, correlationId)),
    find: async (address) => resultOf(await loadPrivacyRequest(streams, address)),
  };
}

function resultOf({ state, position }: ExecutedPrivacyRequest): PrivacyRequestResult {
  if (state.status === 'none' || position === undefined) {
    throw new CodedError('not-found', 'No request has this id.');
  }
  return { request: state, position: formatPosition(position) };
}

/** The same text for the same content, whatever the order of its keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
