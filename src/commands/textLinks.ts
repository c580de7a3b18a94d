/** A piece of a message: words, or an address that the message holds. */
export type TextPiece = { readonly text: string } | { readonly url: string };

/** More addresses than a message has use for stay words. */
const mostLinks = 20;
const longestLink = 2000;
/** Up to a blank or what cannot stand in an address; what ends a sentence does not belong to it. */
const address = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi;
const sentenceEnd = /[.,;:!?)\]]+$/;

/** A message cut at the http and https addresses it holds; joined again it is the same. */
export function piecesOf(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  let links = 0;
  for (const { 0: match, index } of text.matchAll(address)) {
    const url = match.replace(sentenceEnd, '');
    if (links === mostLinks || url.length > longestLink || !URL.canParse(url)) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push({ url });
    links += 1;
    end = index + url.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** The message with each of its addresses replaced. */
export function rewriteLinks(text: string, click: (url: string) => string): string {
  return piecesOf(text)
    .map((piece) => ('url' in piece ? click(piece.url) : piece.text))
    .join('');
}

/** The first address that a message holds. */
export function firstLinkOf(text: string): string | undefined {
  for (const piece of piecesOf(text)) if ('url' in piece) return piece.url;
  return undefined;
}
