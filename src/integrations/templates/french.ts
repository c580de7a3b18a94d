import type { LanguageWordings } from './wording.js';

/** French sets a space that does not break before ? and inside quotation marks. */
export const french: LanguageWordings = {
  language: 'fr',
  version: 1,
  named: 'avec «\u00a0{{ feature }}\u00a0»',
  unnamed: 'ici',
  texts: {
    repeated_attempts: {
      gentle: {
        title: 'Un indice vous aiderait-il\u00a0?',
        body: 'Certaines choses demandent plusieurs essais. Si vous souhaitez un coup de pouce {{ where }}, nous vous aidons volontiers.',
        simple: 'Il faut parfois plusieurs essais. Voulez-vous un indice {{ where }}\u00a0?',
      },
      direct: {
        title: 'On regarde cela ensemble\u00a0?',
        body: 'Il a fallu de nombreux essais {{ where }}, et cela peut arriver à tout le monde. Si vous le souhaitez, nous avançons pas à pas avec vous.',
        simple: 'Cela demande beaucoup d’essais {{ where }}. On le fait ensemble, pas à pas\u00a0?',
      },
    },
    error_pattern: {
      gentle: {
        title: 'Un souci\u00a0?',
        body: 'Il y a eu quelques erreurs {{ where }}. Si elles reviennent, nous pouvons vous aider à les dépasser.',
        simple: 'Il y a eu des erreurs {{ where }}. Nous pouvons vous aider.',
      },
      direct: {
        title: 'Désolés pour ces erreurs',
        body: 'Il y a eu plusieurs erreurs {{ where }}, et nous en sommes désolés. Souhaitez-vous de l’aide pour continuer\u00a0?',
        simple:
          'Il y a eu beaucoup d’erreurs {{ where }}. Nous en sommes désolés. Voulez-vous de l’aide\u00a0?',
      },
    },
    abandonment: {
      gentle: {
        title: 'On reprend où vous en étiez\u00a0?',
        body: 'Vous avez bien commencé {{ where }}. Quand cela vous conviendra, nous pourrons vous aider pour la suite.',
        simple: 'Vous avez commencé {{ where }}. Voulez-vous de l’aide pour la suite\u00a0?',
      },
      direct: {
        title: 'Pouvons-nous vous aider à finir\u00a0?',
        body: 'Vous avez déjà fait un effort {{ where }}, et ce n’est pas encore terminé. Si quelque chose vous a gêné, nous aimerions vous aider à l’étape suivante.',
        simple: 'Ce n’est pas encore fini {{ where }}. Pouvons-nous aider pour la suite\u00a0?',
      },
    },
    help_seeking: {
      gentle: {
        title: 'Vous cherchez de l’aide\u00a0?',
        body: 'Un peu d’aide {{ where }} serait peut-être bienvenue. Nous vous montrons volontiers comment faire.',
        simple: 'Voulez-vous de l’aide {{ where }}\u00a0? Nous vous montrons comment faire.',
      },
      direct: {
        title: 'Nous sommes là pour vous aider',
        body: 'Vous semblez avoir cherché de l’aide plus d’une fois {{ where }}. Nous aimerions vous aider à trouver la réponse maintenant.',
        simple: 'Vous avez cherché de l’aide {{ where }} plus d’une fois. Nous pouvons vous aider.',
      },
    },
    rage_clicks: {
      gentle: {
        title: 'Quelque chose ne répond pas\u00a0?',
        body: 'Il se peut que la réponse soit lente {{ where }}. Patienter un instant suffit souvent, et sinon nous vous aidons.',
        simple: 'C’est peut-être lent {{ where }}. Attendez un peu, ou demandez-nous.',
      },
      direct: {
        title: 'Cela devrait mieux marcher',
        body: 'Quelque chose ne semble pas répondre comme prévu {{ where }}, et nous en sommes désolés. Rechargez la page, ou laissez-nous vous aider autrement.',
        simple:
          'Quelque chose ne va pas {{ where }}. Nous en sommes désolés. Rechargez la page, ou demandez-nous.',
      },
    },
    general: {
      gentle: {
        title: 'Pouvons-nous vous aider\u00a0?',
        body: 'Si quelque chose n’est pas clair {{ where }}, nous vous aidons volontiers. Demandez quand vous voulez.',
        simple: 'Quelque chose n’est pas clair {{ where }}\u00a0? Nous pouvons aider.',
      },
      direct: {
        title: 'Nous sommes à vos côtés',
        body: 'Nous voulons vous faciliter les choses {{ where }}. Dites-nous ce qu’il vous faut, et nous vous aidons pour la suite.',
        simple: 'Vous avez besoin d’aide {{ where }}\u00a0? Dites-le-nous, et nous vous aidons.',
      },
    },
  },
};
