/**
 * The one catalogue of errors that a user of Waymark can meet. Codes are stable; `src/http` alone gives each its
 * status. Details say what to do next and never hold personal values, queries or paths.
 */
export const errorTitles = {
  'bad-request': 'The request is malformed',
  'invalid-json': 'The body is not JSON',
  'invalid-parameter': 'A parameter is not valid',
  'invalid-cursor': 'The cursor is not one of ours',
  'invalid-event': 'The event is not valid',
  'unsupported-identity': 'A person cannot be found by this kind of identity',
  'callback-not-allowed': 'This address may not be called back',
  'request-type-not-supported': 'Requests of this type are not carried out here',
  unauthorized: 'A valid key is needed',
  forbidden: 'The key does not allow this',
  'purpose-not-allowed': 'The person did not agree to this purpose',
  'not-found': 'There is nothing here',
  'method-not-allowed': 'The method is not allowed here',
  'body-too-large': 'The body is over the size limit',
  'headers-too-large': 'The address or the headers are over the size limit',
  'unsupported-encoding': 'The content encoding is not supported',
  'unsupported-media-type': 'The content type is not supported here',
  'request-timeout': 'The request took too long to arrive',
  conflict: 'The request contradicts the present state',
  gone: 'This was here and is no more',
  'rate-limited': 'Too many requests',
  overloaded: 'The server is at its limit',
  'store-unavailable': 'The store cannot promise durability now',
  'key-store-unavailable': 'The keys of personal values cannot be reached now',
  'storage-full': 'There is no room left to store events',
  'read-model-behind': 'The read model has not seen that position yet',
  'internal-error': 'Something went wrong on our side',
} as const;

export type ErrorCode = keyof typeof errorTitles;

export interface FieldError {
  /** JSON pointer or parameter name. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export class CodedError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly options: { readonly errors?: readonly FieldError[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.name = 'CodedError';
  }
}
