import type { ChannelMessage } from '../../commands/channel.js';
import { piecesOf, rewriteLinks } from '../../commands/textLinks.js';
import { html, joined, type Markup } from '../../domain/markup.js';

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

/** `Shop <help@shop.example>`, or the address alone. */
export function mailboxOf(mailbox: string): { readonly name: string | undefined; readonly address: string } {
  const [, name, address] = /^(.*\S)\s*<([^<>]+)>$/.exec(mailbox) ?? [];
  return { name, address: address ?? mailbox };
}

const english = 'No more e-mails like this';
/** How a message ends that can be unsubscribed from. */
const unsubscribeWords: Readonly<Record<string, string>> = {
  de: 'Keine E-Mails dieser Art mehr',
  es: 'No recibir más correos como este',
  fr: 'Ne plus recevoir de tels e-mails',
};

/** A message as text and as HTML in which nothing of it is markup, with one-click unsubscription (RFC 8058). */
export function mailContentOf(message: ChannelMessage): MailContent {
  const { title, body, language, links } = message;
  const { unsubscribe } = links;
  const words = unsubscribeWords[language.slice(0, 2)] ?? english;
  const text = rewriteLinks(body, links.click);
  return {
    subject: title.replaceAll(/\p{Cc}+/gu, ' ').trim(),
    text: unsubscribe === null ? text : `${text}\n\n-- \n${words}: ${unsubscribe}\n`,
    html: htmlOf(message, words),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribe !== null && {
        'List-Unsubscribe': `<${unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
  };
}

function htmlOf({ body, language, links }: ChannelMessage, words: string): string {
  const { unsubscribe, open } = links;
  const out = unsubscribe === null ? '' : html`<p><a href="${unsubscribe}">${words}</a></p>`;
  const pixel = open === null ? '' : html`<img src="${open}" width="1" height="1" alt="">`;
  const head = html`<head><meta charset="utf-8"></head>`;
  const page = html`<!DOCTYPE html><html lang="${language}">${head}<body><p>${bodyAsHtml(body, links)}</p>${out}${pixel}</body></html>`;
  return page.markup;
}

function bodyAsHtml(body: string, { click }: ChannelMessage['links']): Markup {
  return joined(
    piecesOf(body).map((piece) =>
      'url' in piece
        ? html`<a href="${click(piece.url)}">${piece.url}</a>`
        : joined(
            piece.text.split('\n').map((line, index) => (index === 0 ? html`${line}` : html`<br>${line}`)),
          ),
    ),
  );
}
