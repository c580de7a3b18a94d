import { holdsPhrase, type Squeezed } from './phrases.js';

/** Words that press or blame, by primary language subtag. Short on purpose: what is added here can refuse a text. */
interface ToneWords {
  readonly urgency: readonly string[];
  readonly blame: readonly string[];
}

const words: Readonly<Record<string, ToneWords>> = {
  en: {
    urgency: [
      'act now',
      'hurry',
      'hurry up',
      'urgent',
      'urgently',
      'last chance',
      'final notice',
      'only today',
      'limited time',
      'expires soon',
      'before it is too late',
      'do not miss',
      "don't miss",
    ],
    blame: [
      'your fault',
      'your mistake',
      'you failed',
      'you have failed',
      'you did it wrong',
      'you did something wrong',
      'you should have',
      'you ignored',
      'you wasted',
      'careless',
      'obviously',
      'as we already told you',
    ],
  },
  de: {
    urgency: [
      'dringend',
      'sofort handeln',
      'handeln sie sofort',
      'schnell handeln',
      'jetzt handeln',
      'letzte chance',
      'nur heute',
      'nur noch heute',
      'beeilen sie sich',
      'beeil dich',
      'bevor es zu spät ist',
      'verpassen sie nicht',
      'läuft bald ab',
    ],
    blame: [
      'ihre schuld',
      'deine schuld',
      'sie haben versagt',
      'du hast versagt',
      'sie haben falsch',
      'nachlässig',
      'offensichtlich haben sie',
      'selbst schuld',
    ],
  },
  es: {
    urgency: [
      'urgente',
      'urgentemente',
      'de inmediato',
      'actúe inmediatamente',
      'actúe ya',
      'actúa ya',
      'actúe ahora',
      'dese prisa',
      'date prisa',
      'última oportunidad',
      'solo hoy',
      'tiempo limitado',
      'antes de que sea tarde',
      'no se lo pierda',
      'no te lo pierdas',
    ],
    blame: [
      'su culpa',
      'tu culpa',
      'culpa suya',
      'culpa tuya',
      'ha fallado usted',
      'ha fracasado',
      'has fracasado',
      'lo ha hecho mal',
      'lo has hecho mal',
      'debería haber',
      'deberías haber',
      'descuidado',
    ],
  },
  fr: {
    urgency: [
      'urgent',
      'agissez immédiatement',
      'sans tarder',
      'dépêchez-vous',
      'dépêche-toi',
      'agissez maintenant',
      'agissez vite',
      'dernière chance',
      "aujourd'hui seulement",
      'durée limitée',
      "avant qu'il ne soit trop tard",
      'ne manquez pas',
    ],
    blame: [
      'votre faute',
      'ta faute',
      'vous avez échoué',
      'tu as échoué',
      'vous avez mal',
      'vous auriez dû',
      'tu aurais dû',
      'négligent',
    ],
  },
};

export function holdsToneWord(text: Squeezed, kind: keyof ToneWords, language: string): boolean {
  return (words[language]?.[kind] ?? []).some((phrase) => holdsPhrase(text, phrase));
}

/** A word of six capitals, or three words in capitals one after the other. `PDF` and `HTTP API` are names. */
const longWord = /(?<![\p{L}\p{N}])(?:\p{Lu}\p{M}*){6,}(?!\p{L})/u;
const manyWords = /(?<![\p{L}\p{N}])(?:\p{Lu}{2,}[ ,'’-]+){2,}\p{Lu}{2,}(?![\p{L}\p{N}])/u;

export function shouts(text: string): boolean {
  return longWord.test(text) || manyWords.test(text);
}

/** Exclamation marks in a text: one can be joy. */
export function exclamationMarks(text: string): number {
  return text.normalize('NFKC').match(/!/g)?.length ?? 0;
}
