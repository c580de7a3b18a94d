import type { LanguageWordings } from './wording.js';

export const german: LanguageWordings = {
  language: 'de',
  version: 1,
  named: (feature) => `bei „${feature}“`,
  unnamed: 'hier',
  texts: {
    repeated_attempts: {
      gentle: {
        title: 'Hilft Ihnen ein Hinweis?',
        body: (at) =>
          `Manches braucht ein paar Anläufe. Wenn Sie ${at} einen Hinweis möchten, geben wir ihn gern.`,
      },
      direct: {
        title: 'Schauen wir gemeinsam darauf?',
        body: (at) =>
          `Es hat ${at} schon viele Anläufe gebraucht, und das kann jedem passieren. Wenn Sie möchten, gehen wir es Schritt für Schritt durch.`,
      },
    },
    error_pattern: {
      gentle: {
        title: 'Ist etwas schiefgegangen?',
        body: (at) => `Es gab ${at} einige Fehler. Wenn sie wiederkommen, helfen wir Ihnen gern weiter.`,
      },
      direct: {
        title: 'Die Fehler tun uns leid',
        body: (at) =>
          `Es gab ${at} mehrere Fehler, und das tut uns leid. Möchten Sie Hilfe, um weiterzukommen?`,
      },
    },
    abandonment: {
      gentle: {
        title: 'Möchten Sie weitermachen?',
        body: (at) =>
          `Sie haben ${at} einen Anfang gemacht. Wann immer es Ihnen passt, helfen wir beim Rest.`,
      },
      direct: {
        title: 'Können wir beim Abschluss helfen?',
        body: (at) =>
          `Sie haben ${at} schon Mühe investiert, und es ist noch nicht fertig. Falls etwas im Weg stand, helfen wir gern beim nächsten Schritt.`,
      },
    },
    help_seeking: {
      gentle: {
        title: 'Suchen Sie Hilfe?',
        body: (at) => `Vielleicht ist ${at} etwas Hilfe willkommen. Wir zeigen Ihnen gern, wie es geht.`,
      },
      direct: {
        title: 'Wir helfen Ihnen gern',
        body: (at) =>
          `Sie haben ${at} anscheinend mehrmals nach Hilfe gesucht. Wir möchten Ihnen jetzt helfen, die Antwort zu finden.`,
      },
    },
    rage_clicks: {
      gentle: {
        title: 'Reagiert etwas nicht?',
        body: (at) =>
          `Vielleicht reagiert ${at} etwas langsam. Oft hilft es, einen Moment zu warten, und sonst helfen wir.`,
      },
      direct: {
        title: 'Das sollte besser gehen',
        body: (at) =>
          `Anscheinend reagiert ${at} etwas nicht, wie es soll, und das tut uns leid. Laden Sie die Seite neu, oder lassen Sie sich von uns auf anderem Weg helfen.`,
      },
    },
  },
};
