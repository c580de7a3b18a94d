import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What opens one export: the token in its link is the only copy of the secret that both the file's key and the proof of
 * being allowed to fetch it are derived from.
 */
export interface ExportLink {
  readonly token: string;
  /** 256 bits. */
  readonly fileKey: Buffer;
  /** Stored, to tell the right link from others; base64url. */
  readonly hash: string;
}

const secretBytes = 32;
const longestToken = 512;

export function newExportLink(tenantId: string, exportId: string): ExportLink {
  return linkOf(tenantId, exportId, randomBytes(secretBytes));
}

/** Undefined for what no `newExportLink` can have made. */
export function readExportLink(
  token: string,
  exportId: string,
): { readonly tenantId: string; readonly link: ExportLink } | undefined {
  const [tenant, secretText, ...more] = token.split('.');
  if (token.length > longestToken || tenant === undefined || secretText === undefined || more.length > 0) {
    return undefined;
  }
  const secret = Buffer.from(secretText, 'base64url');
  const tenantId = Buffer.from(tenant, 'base64url').toString();
  if (secret.length !== secretBytes) return undefined;
  const link = linkOf(tenantId, exportId, secret);
  return link.token === token ? { tenantId, link } : undefined;
}

/** In constant time. */
export function isLinkOf(link: ExportLink, hash: string): boolean {
  const given = Buffer.from(link.hash);
  const expected = Buffer.from(hash);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** RFC 5869: the two derived values say nothing of each other. */
function linkOf(tenantId: string, exportId: string, secret: Buffer): ExportLink {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, `${tenantId}/${exportId}`, use, 32));
  return {
    token: `${Buffer.from(tenantId).toString('base64url')}.${secret.toString('base64url')}`,
    fileKey: derive('export file'),
    hash: derive('export link').toString('base64url'),
  };
}
