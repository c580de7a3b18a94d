import type { LanguageWordings } from './wording.js';

export const german: LanguageWordings = {
  language: 'de',
  version: 1,
  named: 'bei „{{ feature }}“',
  unnamed: 'hier',
  texts: {
    repeated_attempts: {
      gentle: {
        title: 'Hilft Ihnen ein Hinweis?',
        body: 'Manches braucht ein paar Anläufe. Wenn Sie {{ where }} einen Hinweis möchten, geben wir ihn gern.',
        simple: 'Manches braucht ein paar Versuche. Möchten Sie {{ where }} einen Hinweis?',
      },
      direct: {
        title: 'Schauen wir gemeinsam darauf?',
        body: 'Es hat {{ where }} schon viele Anläufe gebraucht, und das kann jedem passieren. Wenn Sie möchten, gehen wir es Schritt für Schritt durch.',
        simple: 'Es braucht {{ where }} viele Versuche. Machen wir es zusammen, Schritt für Schritt?',
      },
    },
    error_pattern: {
      gentle: {
        title: 'Ist etwas schiefgegangen?',
        body: 'Es gab {{ where }} einige Fehler. Wenn sie wiederkommen, helfen wir Ihnen gern weiter.',
        simple: 'Es gab {{ where }} einige Fehler. Wir helfen Ihnen gern.',
      },
      direct: {
        title: 'Die Fehler tun uns leid',
        body: 'Es gab {{ where }} mehrere Fehler, und das tut uns leid. Möchten Sie Hilfe, um weiterzukommen?',
        simple: 'Es gab {{ where }} viele Fehler. Das tut uns leid. Möchten Sie Hilfe?',
      },
    },
    abandonment: {
      gentle: {
        title: 'Möchten Sie weitermachen?',
        body: 'Sie haben {{ where }} einen Anfang gemacht. Wann immer es Ihnen passt, helfen wir beim Rest.',
        simple: 'Sie haben {{ where }} angefangen. Möchten Sie Hilfe beim Rest?',
      },
      direct: {
        title: 'Können wir beim Abschluss helfen?',
        body: 'Sie haben {{ where }} schon Mühe investiert, und es ist noch nicht fertig. Falls etwas im Weg stand, helfen wir gern beim nächsten Schritt.',
        simple: 'Sie sind {{ where }} noch nicht fertig. Sollen wir beim nächsten Schritt helfen?',
      },
    },
    help_seeking: {
      gentle: {
        title: 'Suchen Sie Hilfe?',
        body: 'Vielleicht ist {{ where }} etwas Hilfe willkommen. Wir zeigen Ihnen gern, wie es geht.',
        simple: 'Möchten Sie {{ where }} Hilfe? Wir zeigen Ihnen, wie es geht.',
      },
      direct: {
        title: 'Wir helfen Ihnen gern',
        body: 'Sie haben {{ where }} anscheinend mehrmals nach Hilfe gesucht. Wir möchten Ihnen jetzt helfen, die Antwort zu finden.',
        simple: 'Sie haben {{ where }} mehrmals Hilfe gesucht. Wir helfen Ihnen jetzt.',
      },
    },
    rage_clicks: {
      gentle: {
        title: 'Reagiert etwas nicht?',
        body: 'Vielleicht reagiert {{ where }} etwas langsam. Oft hilft es, einen Moment zu warten, und sonst helfen wir.',
        simple: 'Vielleicht ist {{ where }} etwas langsam. Warten Sie kurz, oder fragen Sie uns.',
      },
      direct: {
        title: 'Das sollte besser gehen',
        body: 'Anscheinend reagiert {{ where }} etwas nicht, wie es soll, und das tut uns leid. Laden Sie die Seite neu, oder lassen Sie sich von uns auf anderem Weg helfen.',
        simple:
          'Etwas geht {{ where }} nicht richtig. Das tut uns leid. Laden Sie die Seite neu, oder fragen Sie uns.',
      },
    },
    general: {
      gentle: {
        title: 'Können wir helfen?',
        body: 'Wenn {{ where }} etwas unklar ist, helfen wir gern. Fragen Sie einfach, wann es Ihnen passt.',
        simple: 'Ist {{ where }} etwas unklar? Wir helfen gern.',
      },
      direct: {
        title: 'Wir sind für Sie da',
        body: 'Wir möchten es Ihnen {{ where }} leichter machen. Sagen Sie uns, was Sie brauchen, und wir helfen beim nächsten Schritt.',
        simple: 'Brauchen Sie {{ where }} Hilfe? Sagen Sie es uns, und wir helfen.',
      },
    },
  },
};
