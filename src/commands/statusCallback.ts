import type { RequestStatus } from '../domain/privacyRequest/evolve.js';
import {
  executeOnPrivacyRequest,
  loadPrivacyRequest,
  type PrivacyRequestAddress,
  type PrivacyRequestStreams,
} from './privacyRequestStream.js';

/** A signature over exact bytes, base64, and the id of the key it was made with. */
export interface Signature {
  readonly keyId: string;
  readonly signature: string;
}
export type SignBytes = (bytes: Buffer) => Signature;

/** Hands bytes to an address. Never rejects: what went wrong is a code. */
export type PostCallback = (request: {
  readonly tenantId: string;
  readonly url: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}) => Promise<{ readonly delivered: true } | { readonly delivered: false; readonly reason: string }>;

/** Milliseconds from a failed attempt to the next; after the last one this status is not told any more. */
export const callbackDelays: readonly number[] = [10, 60, 300, 1800, 7200, 21_600].map((s) => s * 1000);

export interface StatusCallbackOptions {
  readonly streams: PrivacyRequestStreams;
  readonly post: PostCallback;
  readonly sign: SignBytes;
  /** The name for which this installation signs. */
  readonly processorDomain: string;
  readonly delays?: readonly number[];
}

/** Tells each address of a request the next status it is owed, where it is time. At least once. */
export function sendStatusCallbacks(
  options: StatusCallbackOptions,
): (address: PrivacyRequestAddress) => Promise<void> {
  const { streams, post, sign, processorDomain, delays = callbackDelays } = options;
  return async (address) => {
    const { state } = await loadPrivacyRequest(streams, address);
    if (state.status === 'none') return;
    for (const [callback, { url, owed, retryAt, failedAttempts }] of state.callbacks.entries()) {
      const [status] = owed;
      if (status === undefined || (retryAt !== null && retryAt > streams.now())) continue;
      const body = callbackBody(address, url, status, state.dueAt);
      const headers = signatureHeaders(body, sign, processorDomain);
      const answer = await post({ tenantId: address.tenantId, url, body, headers });
      const at = streams.now();
      const delay = delays[failedAttempts];
      const failure = answer.delivered
        ? undefined
        : { reason: answer.reason, retryAt: delay === undefined ? null : at + delay };
      const data = { at, callback, status, ...(failure && { failure }) };
      await executeOnPrivacyRequest(streams, address, { type: 'RecordCallback', data });
    }
  };
}

/** OpenDSR 2.0, section 8.6. */
function callbackBody(
  { tenantId, requestId }: PrivacyRequestAddress,
  url: string,
  status: RequestStatus,
  dueAt: number,
): Buffer {
  return Buffer.from(
    JSON.stringify({
      controller_id: tenantId,
      expected_completion_time: new Date(dueAt).toISOString(),
      status_callback_url: url,
      subject_request_id: requestId,
      request_status: status,
      api_version: '2.0',
    }),
  );
}

/** The headers that go with every signed answer and callback, over the exact bytes of the body. */
export function signatureHeaders(
  body: Buffer,
  sign: SignBytes,
  processorDomain: string,
): Record<string, string> {
  const { keyId, signature } = sign(body);
  return {
    'x-opendsr-processor-domain': processorDomain,
    'x-opendsr-signature': signature,
    'x-opendsr-key-id': keyId,
  };
}
