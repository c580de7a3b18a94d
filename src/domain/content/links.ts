/** A thing in a text that a reader's program would make a link of, or that a reader could type. */
export interface FoundLink {
  /** Lower case; empty where the address names no host. */
  readonly host: string;
  /** Whether only a host was named, or `https://`. */
  readonly isSecure: boolean;
}

/** Endings of file names that are no top-level domain (IANA root zone): `report.pdf` is a file. */
const fileEndings = new Set(
  'pdf csv tsv xls xlsx doc docx ppt pptx odt ods txt rtf png jpg jpeg gif svg webp mp3 mp4 wav avi json xml yaml html htm css js ts log exe'.split(
    ' ',
  ),
);

const scheme = /\b([a-z][a-z0-9+.-]{1,30}):(?=[\\/]{1,3}\S|[^\s\\/])(?:[\\/]*)([^\s<>"'“”«»]*)/giu;
const bareHost =
  /(?<![\p{L}\p{N}@._-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(\p{L}[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])(?![\p{L}\p{N}@_-])/giu;
const address = /(?<![\p{L}\p{N}.])\d{1,3}(?:\.\d{1,3}){3}(?=[/:?#])/gu;
const relative = /(?<![\p{L}\p{N}:\\/])[\\/]{2}([^\s\\/]+\.[^\s]*)/gu;
/** Schemes without slashes that do something when they are followed. Others with a colon are prose: `Note:this`. */
const followed =
  /^(?:https?|ftp|mailto|tel|sms|javascript|data|file|vbscript|blob|intent|market|whatsapp|tg)$/i;

/** Every URL-like thing: with any scheme, `//host`, a bare domain, an IP address with a path. In any script. */
export function findLinks(text: string): readonly FoundLink[] {
  // What a browser makes of an ideographic full stop, full-width forms and invisible characters.
  const plain = text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[。．｡]/gu, '.');
  const found: FoundLink[] = [];
  const rest = plain.replaceAll(scheme, (whole, name: string, after: string) => {
    const hasSlashes = /^[^:]+:[\\/]/.test(whole);
    if (!hasSlashes && !followed.test(name)) return whole;
    found.push({ host: hostOf(after), isSecure: name.toLowerCase() === 'https' });
    return ' ';
  });
  for (const [, after = ''] of rest.matchAll(relative)) found.push({ host: hostOf(after), isSecure: true });
  for (const [host] of rest.matchAll(address)) found.push({ host, isSecure: false });
  for (const match of rest.matchAll(bareHost)) {
    const [host, ending = ''] = match;
    const after = rest.charAt(match.index + host.length);
    const isFile = fileEndings.has(ending.toLowerCase()) && !/[/:?#]/.test(after);
    if (!isFile) found.push({ host: host.toLowerCase(), isSecure: true });
  }
  return found;
}

/** Of `user@host:port/path`; a name before an `@` only hides the host, so that such an address has none. */
function hostOf(after: string): string {
  const [authority = ''] = after.split(/[\\/?#]/, 1);
  if (authority.includes('@')) return '';
  return authority
    .replace(/:\d*$/, '')
    .replace(/[.,;:!?)\]}]+$/, '')
    .toLowerCase();
}

/** Whether a link leads to one of these hosts or below it, and over nothing but https. */
export function isAllowedLink({ host, isSecure }: FoundLink, hosts: readonly string[]): boolean {
  return isSecure && hosts.some((allowed) => host === allowed || host.endsWith(`.${allowed}`));
}
