import type { ChannelMessage } from '../../commands/channel.js';

/** Which message it is, as providers give it back: base64url, at most 256 characters. Says nothing of the person. */
export function referenceOf({ tenantId, data }: Pick<ChannelMessage, 'tenantId' | 'data'>): string {
  return Buffer.from(JSON.stringify([tenantId, data.interventionId])).toString('base64url');
}

/** Undefined for what no provider was given by us. */
export function readReference(
  reference: unknown,
): { readonly tenantId: string; readonly interventionId: string } | undefined {
  if (typeof reference !== 'string' || !/^[\w-]{1,512}$/.test(reference)) return undefined;
  try {
    const given: unknown = JSON.parse(Buffer.from(reference, 'base64url').toString());
    if (!Array.isArray(given)) return undefined;
    const [tenantId, interventionId]: unknown[] = given;
    return typeof tenantId === 'string' && typeof interventionId === 'string'
      ? { tenantId, interventionId }
      : undefined;
  } catch {
    return undefined;
  }
}
