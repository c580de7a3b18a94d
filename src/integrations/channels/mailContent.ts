import type { ChannelMessage } from '../../commands/channel.js';
import { piecesOf, rewriteLinks } from './links.js';

/** What every way to send an e-mail is given. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One address, without a name: local part, `@`, domain. What else RFC 5322 allows no provider takes. */
const mailAddress = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}]{1,253}$/u;

export function isMailAddress(address: unknown): address is string {
  return typeof address === 'string' && mailAddress.test(address);
}

/** How a message ends that can be unsubscribed from. */
const unsubscribeWords: Readonly<Record<string, string>> = {
  en: 'No more e-mails like this',
  de: 'Keine E-Mails dieser Art mehr',
  es: 'No recibir más correos como este',
  fr: 'Ne plus recevoir de tels e-mails',
};

/** A message as text and as HTML in which nothing of it is markup, with one-click unsubscription (RFC 8058). */
export function mailContentOf({ title, body, language, links }: ChannelMessage): MailContent {
  const { unsubscribe } = links;
  const words = unsubscribeWords[language.slice(0, 2)] ?? unsubscribeWords.en;
  const text = rewriteLinks(body, links.click);
  return {
    subject: title.replaceAll(/\p{Cc}+/gu, ' ').trim(),
    text: unsubscribe === null ? text : `${text}\n\n-- \n${words}: ${unsubscribe}\n`,
    html: htmlOf(
      language,
      `<p>${bodyAsHtml(body, links)}</p>`,
      unsubscribe === null ? '' : `<p><a href="${escaped(unsubscribe)}">${words}</a></p>`,
      links.open === null ? '' : `<img src="${escaped(links.open)}" width="1" height="1" alt="">`,
    ),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribe !== null && {
        'List-Unsubscribe': `<${unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
  };
}

function htmlOf(language: string, ...content: readonly string[]): string {
  const head = '<head><meta charset="utf-8"></head>';
  return `<!DOCTYPE html><html lang="${escaped(language)}">${head}<body>${content.join('')}</body></html>`;
}

function bodyAsHtml(body: string, { click }: ChannelMessage['links']): string {
  return piecesOf(body)
    .map((piece) =>
      'url' in piece
        ? `<a href="${escaped(click(piece.url))}">${escaped(piece.url)}</a>`
        : escaped(piece.text).replaceAll('\n', '<br>'),
    )
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For element content and quoted attribute values. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
