import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CodedError } from '../domain/errors.js';
import { problemContentType, statusOf, toProblem } from './problems.js';

/** What reaches the server but is no HTTP request, or arrives too slowly, has no request object: answered by hand. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const coded = codedErrorOf(error.code);
    const status = statusOf(coded.code);
    const body = JSON.stringify(toProblem(coded, 'connection'));
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: ${problemContentType}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

function codedErrorOf(code: string | undefined): CodedError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new CodedError('request-timeout', 'Send the whole request within the time limit.');
    case 'HPE_HEADER_OVERFLOW':
      return new CodedError('headers-too-large', 'Shorten the address or the headers.');
    default:
      return new CodedError('bad-request', 'This is not a valid HTTP/1.1 request.');
  }
}
