/** Invisible characters join emoji and letters of scripts that need them; anywhere else they hide something. */
const joined =
  /(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic})|(?<=[\p{L}\p{M}])(?<!\p{Script=Latin})[\u200c\u200d](?=[\p{L}\p{M}])(?!\p{Script=Latin})/gu;
const unreadable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]|\p{M}{4}/u;

/** Control, invisible and unassigned characters, halves of surrogate pairs, piles of accents. Line breaks only in a body. */
export function holdsUnreadable({ title, body }: { readonly title: string; readonly body: string }): boolean {
  return (
    unreadable.test(title.replaceAll(joined, '')) ||
    unreadable.test(body.replaceAll('\n', '').replaceAll(joined, ''))
  );
}

/** HTML, its entities, and what Markdown writes: texts are shown as they stand. */
const markup = /<[/!?a-z][^<]*>?|&(?:[a-z]{2,31}|#\d{1,7}|#x[\da-f]{1,6});|\]\(|\*\*|__\S|```|^#{1,6} /imu;

export function holdsMarkup(text: string): boolean {
  return markup.test(text);
}

/** What is left where a value should stand, or was written by a program for itself. */
const placeholder =
  /\{\{|\}\}|\{%|%\}|\$\{|\{[\w.]{1,40}\}|%[sdif@](?!\p{L})|%\d\$s|\bundefined\b|\bNaN\b|\[object |\b(?:TODO|FIXME|XXX)\b|sealed:v\d:/u;
const inBrackets =
  /\[(?:(?:your|insert|the|first|last|user)[ _][\p{L} _]{1,30}|name|e-?mail|phone|company|product|feature|link|date|omitted|redacted|card|iban|ip|sealed|cut|\d{1,9} more)\]|lorem ipsum/iu;

export function holdsPlaceholder(text: string): boolean {
  return placeholder.test(text) || inBrackets.test(text);
}
