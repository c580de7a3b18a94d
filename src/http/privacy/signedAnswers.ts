import type { FastifyReply } from 'fastify';
import { type SignBytes, signatureHeaders } from '../../commands/statusCallback.js';

export interface Signing {
  readonly sign: SignBytes;
  readonly processorDomain: string;
}

/** Sends an answer with a signature over its exact bytes (OpenDSR 2.0, sections 7.4 and 8.3). */
export function sendSigned(
  reply: FastifyReply,
  { sign, processorDomain }: Signing,
  status: number,
  answer: object,
): FastifyReply {
  const body = Buffer.from(JSON.stringify(answer));
  return reply
    .code(status)
    .headers(signatureHeaders(body, sign, processorDomain))
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(body);
}
