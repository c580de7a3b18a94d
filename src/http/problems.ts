import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodedError, type ErrorCode, errorTitles, type FieldError } from '../domain/errors.js';
import { logOf } from './requestIdentity.js';
import { jsonSchema } from './schema.js';

const statuses: Readonly<Record<ErrorCode, number>> = {
  'bad-request': 400,
  'invalid-json': 400,
  'invalid-parameter': 400,
  'invalid-cursor': 400,
  'invalid-event': 400,
  'unsupported-identity': 400,
  'callback-not-allowed': 400,
  unauthorized: 401,
  forbidden: 403,
  'purpose-not-allowed': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  conflict: 409,
  gone: 410,
  'body-too-large': 413,
  'unsupported-encoding': 415,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  'headers-too-large': 431,
  'internal-error': 500,
  'request-type-not-supported': 501,
  overloaded: 503,
  'store-unavailable': 503,
  'key-store-unavailable': 503,
  'read-model-behind': 504,
  'storage-full': 507,
};

/** 429 and 503 always say when to come back; so does a full disk, which clients retry as well. */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = {
  'rate-limited': 1,
  overloaded: 1,
  'store-unavailable': 5,
  'key-store-unavailable': 5,
  'storage-full': 30,
};

/** RFC 9457. */
const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(errorTitles) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  instance: z.string().meta({ description: "The route's pattern and the request's id." }),
  errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
});

export type Problem = Readonly<z.infer<typeof problem>>;

export const problemContentType = 'application/problem+json; charset=utf-8';

/** For the `response` of every route's schema. */
export const problemResponses = {
  '4xx': problemResponse('The request has to change; see `code`.'),
  '5xx': problemResponse('The server cannot now; `Retry-After` says when to come back.'),
};

function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: jsonSchema(problem, 'output') } } };
}

export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

export function toProblem(error: CodedError, instance: string): Problem {
  return {
    type: `urn:waymark:problem:${error.code}`,
    title: errorTitles[error.code],
    status: statuses[error.code],
    code: error.code,
    detail: error.message,
    instance,
    ...(error.options.errors === undefined ? {} : { errors: [...error.options.errors] }),
  };
}

/** @param route the pattern of the address, where the request found no route of its own */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: CodedError,
  route = request.routeOptions.url ?? 'unknown-route',
): FastifyReply {
  const retryAfter = error.options.retryAfterSeconds ?? retryAfterSeconds[error.code];
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="waymark"');
  const instance = `${route}#${request.id}`;
  // Sent as text: a route's response schema describes its answers and must not cut a problem's fields.
  return reply
    .code(statuses[error.code])
    .type(problemContentType)
    .send(JSON.stringify(toProblem(error, instance)));
}

export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = toCodedError(error);
  // What an unforeseen error says may quote a value, so the log's serialiser keeps its stack and leaves its message.
  if (coded.code === 'internal-error') logOf(request).error({ err: error }, 'request failed');
  return sendProblem(request, reply, coded);
}

const frameworkErrors: Readonly<Record<string, CodedError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new CodedError('unsupported-media-type', 'Send application/json.'),
  FST_ERR_CTP_EMPTY_JSON_BODY: new CodedError('invalid-json', 'The body is empty. Send JSON.'),
  FST_ERR_CTP_INVALID_JSON_BODY: new CodedError('invalid-json', 'The body cannot be parsed as JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: new CodedError(
    'bad-request',
    'The body is not as long as its Content-Length says.',
  ),
  FST_ERR_BAD_URL: new CodedError('bad-request', 'The address is not a valid, percent-encoded URL.'),
  FST_ERR_MAX_PARAM_LENGTH: new CodedError('invalid-parameter', 'A part of the path is too long.'),
};

export function bodyTooLarge(): CodedError {
  return new CodedError(
    'body-too-large',
    'Send fewer events at once: the body, unpacked, is over the limit.',
  );
}

/** Anything that can be thrown becomes one of the catalogue's errors; nothing of an unforeseen one is shown. */
export function toCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (!(error instanceof Error)) return internalError();
  const { code, validation, validationContext, statusCode } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    return new CodedError('invalid-parameter', 'Correct the fields named in errors.', {
      errors: validation.map((fault) => toFieldError(fault, validationContext)),
    });
  }
  const known = code === undefined ? undefined : frameworkErrors[code];
  if (known !== undefined) return known;
  // Whoever decides on a stream tries again where another was first; this many others at once are too much.
  if (code === 'event-store-unavailable' || code === 'wrong-expected-revision')
    return storeUnavailable(error);
  if (code === 'key-store-unavailable') {
    return new CodedError(
      'key-store-unavailable',
      'Nothing was stored and nothing shown, since personal values could be neither sealed nor opened. Try again a little later.',
    );
  }
  if (code === 'document-store-unavailable') {
    return new CodedError(
      'store-unavailable',
      'The read models cannot be reached now; try again a little later.',
    );
  }
  if (code === 'checkpoint-moved') {
    return new CodedError('conflict', 'Another instance has just taken this processor over; try again.');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new CodedError('bad-request', 'The request cannot be understood.');
  }
  return internalError();
}

function internalError(): CodedError {
  return new CodedError('internal-error', 'Try again; if it stays, report the request id of this answer.');
}

/**
 * The port's error is known by its code, as this layer does not see the event store; a cause that is `recoverable`
 * means that there was no room and that a later write may succeed.
 */
function storeUnavailable({ cause }: Error): CodedError {
  if (cause instanceof Error && 'recoverable' in cause && cause.recoverable === true) {
    return new CodedError(
      'storage-full',
      'Nothing was stored. Send the same events again when there is room.',
    );
  }
  return new CodedError('store-unavailable', 'Nothing was acknowledged. Send the same events again later.');
}

type ValidationFault = NonNullable<FastifyError['validation']>[number];

/** AJV's messages speak of the rule, never of the value. */
function toFieldError(fault: ValidationFault, context: string | undefined): FieldError {
  const missing = fault.params.missingProperty;
  const path = typeof missing === 'string' ? `${fault.instancePath}/${missing}` : fault.instancePath;
  return {
    path: context === 'body' ? path || '/' : path.slice(1) || (context ?? ''),
    code: fault.keyword,
    message: fault.message ?? 'is not valid',
  };
}
