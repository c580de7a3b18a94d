import { composeText } from '../../commands/help/composeText.js';
import type { TextGenerator } from '../../commands/textGenerator.js';
import { builtInTemplates } from './builtInTemplates.js';
import { renderTemplate } from './liquidTemplates.js';

const compose = composeText({ builtIn: builtInTemplates, render: renderTemplate });
const builtInAlone = { brief: '', template: null, tone: null, useModel: false } as const;

/** The built-in texts by signal, severity and language. Always has something to say; English where all else fails. */
export const templateTextGenerator: TextGenerator = {
  generate: (brief) =>
    compose(
      {
        ...brief,
        ...{ strategyId: 'built-in', strategyVersion: 1, tone: null, complexity: 'detailed' },
        ...{ ageGroup: null, channel: 'in_app', variables: {} },
      },
      builtInAlone,
    ),
};
