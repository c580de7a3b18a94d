import type { LanguageWordings } from './wording.js';

/** French sets a space that does not break before ? and inside quotation marks. */
export const french: LanguageWordings = {
  language: 'fr',
  version: 1,
  named: (feature) => `avec «\u00a0${feature}\u00a0»`,
  unnamed: 'ici',
  texts: {
    repeated_attempts: {
      gentle: {
        title: 'Un indice vous aiderait-il\u00a0?',
        body: (at) =>
          `Certaines choses demandent plusieurs essais. Si vous souhaitez un coup de pouce ${at}, nous vous aidons volontiers.`,
      },
      direct: {
        title: 'On regarde cela ensemble\u00a0?',
        body: (at) =>
          `Il a fallu de nombreux essais ${at}, et cela peut arriver à tout le monde. Si vous le souhaitez, nous avançons pas à pas avec vous.`,
      },
    },
    error_pattern: {
      gentle: {
        title: 'Un souci\u00a0?',
        body: (at) =>
          `Il y a eu quelques erreurs ${at}. Si elles reviennent, nous pouvons vous aider à les dépasser.`,
      },
      direct: {
        title: 'Désolés pour ces erreurs',
        body: (at) =>
          `Il y a eu plusieurs erreurs ${at}, et nous en sommes désolés. Souhaitez-vous de l’aide pour continuer\u00a0?`,
      },
    },
    abandonment: {
      gentle: {
        title: 'On reprend où vous en étiez\u00a0?',
        body: (at) =>
          `Vous avez bien commencé ${at}. Quand cela vous conviendra, nous pourrons vous aider pour la suite.`,
      },
      direct: {
        title: 'Pouvons-nous vous aider à finir\u00a0?',
        body: (at) =>
          `Vous avez déjà fait un effort ${at}, et ce n’est pas encore terminé. Si quelque chose vous a gêné, nous aimerions vous aider à l’étape suivante.`,
      },
    },
    help_seeking: {
      gentle: {
        title: 'Vous cherchez de l’aide\u00a0?',
        body: (at) =>
          `Un peu d’aide ${at} serait peut-être bienvenue. Nous vous montrons volontiers comment faire.`,
      },
      direct: {
        title: 'Nous sommes là pour vous aider',
        body: (at) =>
          `Vous semblez avoir cherché de l’aide plus d’une fois ${at}. Nous aimerions vous aider à trouver la réponse maintenant.`,
      },
    },
    rage_clicks: {
      gentle: {
        title: 'Quelque chose ne répond pas\u00a0?',
        body: (at) =>
          `Il se peut que la réponse soit lente ${at}. Patienter un instant suffit souvent, et sinon nous vous aidons.`,
      },
      direct: {
        title: 'Cela devrait mieux marcher',
        body: (at) =>
          `Quelque chose ne semble pas répondre comme prévu ${at}, et nous en sommes désolés. Rechargez la page, ou laissez-nous vous aider autrement.`,
      },
    },
  },
};
