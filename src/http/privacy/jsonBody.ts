import type { FastifyInstance } from 'fastify';
import { CodedError } from '../../domain/errors.js';
import type { JsonValue } from '../../domain/json.js';
import { parseJson } from '../ingestion/json.js';

const largestBody = 64 * 1024;

/** A body as it came, because answers quote it, and what it says. */
export interface ReceivedBody {
  readonly bytes: Buffer;
  readonly value: JsonValue;
}

export function addReceivedBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer', bodyLimit: largestBody },
    (_, bytes, done) => {
      // What a client that always names a type sends where there is nothing to say.
      if (bytes.length === 0) done(null, undefined);
      else done(null, { bytes, value: parseJson(bytes).value });
    },
  );
}

/** @throws CodedError `invalid-json` where there is none */
export function existingBody(body: ReceivedBody | undefined | null): ReceivedBody {
  if (body === undefined || body === null)
    throw new CodedError('invalid-json', 'The body is empty. Send JSON.');
  return body;
}
