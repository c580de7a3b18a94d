import type { EventMetadata } from '../domain/metadata.js';

/**
 * Metadata of events that follow from a call itself and occur when it is answered.
 * @param correlationId of the call
 * @param at epoch milliseconds
 */
export function callMetadata(tenantId: string, correlationId: string, at: number): EventMetadata {
  return {
    messageId: correlationId,
    correlationId,
    causationId: correlationId,
    tenantId,
    schemaVersion: 1,
    occurredAt: at,
    recordedAt: at,
  };
}
