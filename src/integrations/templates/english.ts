import type { LanguageWordings } from './wording.js';

export const english: LanguageWordings = {
  language: 'en',
  version: 1,
  named: (feature) => `with “${feature}”`,
  unnamed: 'here',
  texts: {
    repeated_attempts: {
      gentle: {
        title: 'Would a hint help?',
        body: (at) =>
          `Some things take a few tries. If you would like a hint ${at}, we are glad to give one.`,
      },
      direct: {
        title: 'Shall we look at this together?',
        body: (at) =>
          `It has taken many tries ${at}, and that can happen to anyone. If you like, we will go through it step by step.`,
      },
    },
    error_pattern: {
      gentle: {
        title: 'Did something go wrong?',
        body: (at) => `There were a few errors ${at}. If they keep coming back, we can help you past them.`,
      },
      direct: {
        title: 'We are sorry about the errors',
        body: (at) =>
          `There have been several errors ${at}, and we are sorry. Would you like help to get past them?`,
      },
    },
    abandonment: {
      gentle: {
        title: 'Pick up where you left off?',
        body: (at) => `You made a start ${at}. Whenever it suits you, we can help you with the rest.`,
      },
      direct: {
        title: 'Can we help you finish?',
        body: (at) =>
          `You put effort in ${at}, and it is not finished yet. If something stood in your way, we would like to help with the next step.`,
      },
    },
    help_seeking: {
      gentle: {
        title: 'Looking for help?',
        body: (at) =>
          `It looks as if some help ${at} would be welcome. We are happy to show you how it works.`,
      },
      direct: {
        title: 'We are here to help',
        body: (at) =>
          `You seem to have looked for help ${at} more than once. We would like to help you find the answer now.`,
      },
    },
    rage_clicks: {
      gentle: {
        title: 'Is something not responding?',
        body: (at) => `Something may be slow to respond ${at}. Waiting a moment often helps, and so can we.`,
      },
      direct: {
        title: 'This should work better',
        body: (at) =>
          `Something does not seem to respond as it should ${at}, and we are sorry. Try reloading the page, or let us help you another way.`,
      },
    },
  },
};
