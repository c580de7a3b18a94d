import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { CodedError } from '../../domain/errors.js';
import { bodyTooLarge } from '../problems.js';
import { type ParsedJson, parseJson } from './json.js';

type Unpack = (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;

const gunzipBytes: Unpack = promisify<Buffer, ZlibOptions, Buffer>(gunzip);
const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: gunzipBytes,
  'x-gzip': gunzipBytes,
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, ZlibOptions, Buffer>(brotliDecompress),
};

/**
 * Every body of the scope is JSON, whatever the client calls it: browsers send text/plain to save a preflight, some
 * SDKs a form's type, some none. `request.body` becomes `ParsedJson`. A compressed body is unpacked piece by piece off
 * the main thread, and no further than the limit.
 */
export function addJsonBody(scope: FastifyInstance, bodyBytes: number): void {
  scope.removeAllContentTypeParsers();
  // A content type that cannot even be parsed must not get in the way either.
  scope.addHook('onRequest', (request, _, done) => {
    request.headers['content-type'] = 'application/json';
    done();
  });
  scope.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bodyBytes },
    (request, bytes, done) => {
      const encoding = request.headers['content-encoding']?.trim().toLowerCase();
      if (encoding === undefined || encoding === 'identity' || encoding === '') {
        done(null, parseJson(bytes));
        return;
      }
      unpack(bytes, encoding, bodyBytes).then(
        (unpacked) => done(null, unpacked),
        (error: Error) => done(error),
      );
    },
  );
}

async function unpack(bytes: Buffer, encoding: string, bodyBytes: number): Promise<ParsedJson> {
  const unpacker = Object.hasOwn(unpackers, encoding) ? unpackers[encoding] : undefined;
  if (unpacker === undefined) {
    throw new CodedError('unsupported-encoding', 'Send the body plain or as gzip, deflate or br.');
  }
  return parseJson(await unpackWithin(unpacker, bytes, bodyBytes));
}

async function unpackWithin(unpacker: Unpack, bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await unpacker(bytes, { maxOutputLength });
  } catch (error) {
    if (error instanceof RangeError) throw bodyTooLarge();
    throw new CodedError('bad-request', 'The body cannot be unpacked: it is damaged or encoded otherwise.');
  }
}
