import { createHash } from 'node:crypto';
import type { ConsentChannel } from '../../domain/consent/events.js';
import { html } from '../../domain/markup.js';

interface Words {
  readonly title: string;
  readonly question: Readonly<Record<ConsentChannel, string>>;
  readonly button: string;
  readonly note: string;
  readonly doneTitle: string;
  readonly done: string;
}

const words = {
  en: {
    title: 'Unsubscribe',
    question: {
      email: 'Shall we stop sending you e-mails like this one?',
      sms: 'Shall we stop sending you text messages?',
      push: 'Shall we stop sending you push messages?',
      in_app: 'Shall we stop showing you messages in the application?',
      webhook: 'Shall we stop sending you these messages?',
    },
    button: 'Yes, stop',
    note: 'Nothing changes until you press the button.',
    doneTitle: 'Done',
    done: 'You get no more of these messages. You can close this page.',
  },
  de: {
    title: 'Abmelden',
    question: {
      email: 'Sollen wir Ihnen keine E-Mails dieser Art mehr schicken?',
      sms: 'Sollen wir Ihnen keine SMS mehr schicken?',
      push: 'Sollen wir Ihnen keine Push-Nachrichten mehr schicken?',
      in_app: 'Sollen wir Ihnen in der Anwendung keine Nachrichten mehr zeigen?',
      webhook: 'Sollen wir Ihnen diese Nachrichten nicht mehr schicken?',
    },
    button: 'Ja, abmelden',
    note: 'Solange Sie nicht auf den Knopf drücken, ändert sich nichts.',
    doneTitle: 'Erledigt',
    done: 'Sie erhalten keine solchen Nachrichten mehr. Sie können diese Seite schließen.',
  },
  es: {
    title: 'Darse de baja',
    question: {
      email: '¿Quiere que dejemos de enviarle correos como este?',
      sms: '¿Quiere que dejemos de enviarle mensajes de texto?',
      push: '¿Quiere que dejemos de enviarle notificaciones?',
      in_app: '¿Quiere que dejemos de mostrarle mensajes en la aplicación?',
      webhook: '¿Quiere que dejemos de enviarle estos mensajes?',
    },
    button: 'Sí, darme de baja',
    note: 'Nada cambia hasta que pulse el botón.',
    doneTitle: 'Hecho',
    done: 'No recibirá más mensajes de este tipo. Puede cerrar esta página.',
  },
  fr: {
    title: 'Se désabonner',
    question: {
      email: 'Voulez-vous ne plus recevoir d’e-mails de ce type ?',
      sms: 'Voulez-vous ne plus recevoir de SMS ?',
      push: 'Voulez-vous ne plus recevoir de notifications ?',
      in_app: 'Voulez-vous ne plus voir de messages dans l’application ?',
      webhook: 'Voulez-vous ne plus recevoir ces messages ?',
    },
    button: 'Oui, me désabonner',
    note: 'Rien ne change tant que vous n’appuyez pas sur le bouton.',
    doneTitle: 'C’est fait',
    done: 'Vous ne recevrez plus de messages de ce type. Vous pouvez fermer cette page.',
  },
} as const satisfies Readonly<Record<string, Words>>;
type PageLanguage = keyof typeof words;

const style = `:root{color-scheme:light dark;--bg:#f4f4f1;--card:#fff;--text:#1c1d21;--dim:#5b5d66;--accent:#1f5f4f;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#15161a;--card:#1f2127;--text:#f0f0ec;--dim:#a9abb5;--accent:#7fd1b9;--on:#10231d}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--bg);color:var(--text);font:1.0625rem/1.55 system-ui,sans-serif}
main{max-width:28rem;width:100%;background:var(--card);border-radius:1rem;padding:2rem;box-shadow:0 1px 3px #0002,0 8px 32px #0001}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}p{margin:0 0 1.5rem}
button{font:inherit;font-weight:600;width:100%;min-height:3rem;padding:.75rem 1rem;border:0;border-radius:.625rem;background:var(--accent);color:var(--on);cursor:pointer}
button:hover{filter:brightness(1.08)}button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
.note{margin:1rem 0 0;color:var(--dim);font-size:.9375rem}`;
const styleHash = createHash('sha256').update(style).digest('base64');

/** The page loads nothing, runs nothing, stands in no frame, and its address goes nowhere. */
export const pageHeaders = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
} as const;

/** The message's own language where the page speaks it, else the browser's first that it does, else English. */
export function pageLanguage(ofMessage: string, accepted: string | undefined): PageLanguage {
  const wanted = [ofMessage, ...(accepted ?? '').split(',', 20)].map((tag) =>
    tag.trim().slice(0, 2).toLowerCase(),
  );
  return wanted.find(isSpoken) ?? 'en';
}

function isSpoken(tag: string): tag is PageLanguage {
  return Object.hasOwn(words, tag);
}

/** Asks; its form posts to the page's own address. */
export function askingPage(language: PageLanguage, channel: ConsentChannel): string {
  const { title, question, button, note } = words[language];
  const form = html`<form method="post"><button type="submit">${button}</button></form>`;
  return page(language, title, html`<p>${question[channel]}</p>${form}<p class="note">${note}</p>`);
}

export function donePage(language: PageLanguage): string {
  const { doneTitle, done } = words[language];
  return page(language, doneTitle, html`<p role="status" class="note">${done}</p>`);
}

function page(language: PageLanguage, title: string, content: ReturnType<typeof html>): string {
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${{ markup: style }}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>
`.markup;
}
