import type { LanguageWordings } from './wording.js';

export const english: LanguageWordings = {
  language: 'en',
  version: 1,
  named: 'with “{{ feature }}”',
  unnamed: 'here',
  texts: {
    repeated_attempts: {
      gentle: {
        title: 'Would a hint help?',
        body: 'Some things take a few tries. If you would like a hint {{ where }}, we are glad to give one.',
        simple: 'Some things take a few tries. Do you want a hint {{ where }}?',
      },
      direct: {
        title: 'Shall we look at this together?',
        body: 'It has taken many tries {{ where }}, and that can happen to anyone. If you like, we will go through it step by step.',
        simple: 'This is taking many tries {{ where }}. Shall we do it together, step by step?',
      },
    },
    error_pattern: {
      gentle: {
        title: 'Did something go wrong?',
        body: 'There were a few errors {{ where }}. If they keep coming back, we can help you past them.',
        simple: 'There were some errors {{ where }}. We can help.',
      },
      direct: {
        title: 'We are sorry about the errors',
        body: 'There have been several errors {{ where }}, and we are sorry. Would you like help to get past them?',
        simple: 'There were many errors {{ where }}. We are sorry. Do you want help?',
      },
    },
    abandonment: {
      gentle: {
        title: 'Pick up where you left off?',
        body: 'You made a start {{ where }}. Whenever it suits you, we can help you with the rest.',
        simple: 'You made a start {{ where }}. Do you want help with the rest?',
      },
      direct: {
        title: 'Can we help you finish?',
        body: 'You put effort in {{ where }}, and it is not finished yet. If something stood in your way, we would like to help with the next step.',
        simple: 'You are not done yet {{ where }}. Can we help with the next step?',
      },
    },
    help_seeking: {
      gentle: {
        title: 'Looking for help?',
        body: 'It looks as if some help {{ where }} would be welcome. We are happy to show you how it works.',
        simple: 'Do you want help {{ where }}? We can show you how it works.',
      },
      direct: {
        title: 'We are here to help',
        body: 'You seem to have looked for help {{ where }} more than once. We would like to help you find the answer now.',
        simple: 'You looked for help {{ where }} more than once. We can help you now.',
      },
    },
    rage_clicks: {
      gentle: {
        title: 'Is something not responding?',
        body: 'Something may be slow to respond {{ where }}. Waiting a moment often helps, and so can we.',
        simple: 'Something may be slow {{ where }}. Wait a moment, or ask us.',
      },
      direct: {
        title: 'This should work better',
        body: 'Something does not seem to respond as it should {{ where }}, and we are sorry. Try reloading the page, or let us help you another way.',
        simple: 'Something does not work well {{ where }}. We are sorry. Load the page again, or ask us.',
      },
    },
    general: {
      gentle: {
        title: 'Can we help?',
        body: 'If anything is unclear {{ where }}, we are glad to help. Just ask when it suits you.',
        simple: 'Is anything unclear {{ where }}? We can help.',
      },
      direct: {
        title: 'We are at your side',
        body: 'We would like to make things easier for you {{ where }}. Tell us what you need, and we will help with the next step.',
        simple: 'Do you need help {{ where }}? Tell us, and we help you.',
      },
    },
  },
};
