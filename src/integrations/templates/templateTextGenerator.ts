import { composeText } from '../../commands/help/composeText.js';
import { rememberedTexts } from '../../commands/help/rememberedTexts.js';
import { GenerationFailed, proposalTool, type TextGenerator } from '../../commands/textGenerator.js';
import { builtInTemplates } from './builtInTemplates.js';
import { renderTemplate } from './liquidTemplates.js';

const compose = rememberedTexts(composeText({ builtIn: builtInTemplates, render: renderTemplate }));

/**
 * Words help by the strategy's templates and the built-in ones: answers at once with the call that hands the text over. For a
 * struggle it always has something to say, in English where all else fails.
 */
export const templateTextGenerator: TextGenerator = {
  provider: 'templates',
  model: 'templates',
  price: null,
  isReady: () => true,
  async generate({ subject }) {
    const text = subject === undefined ? null : await compose(subject.brief, subject.content);
    if (text === null) throw new GenerationFailed('nothing-to-say');
    return {
      text: '',
      toolCalls: [{ id: 'proposal', name: proposalTool, input: text }],
      usage: { inputTokens: 0, outputTokens: 0 },
      stop: 'tools',
    };
  },
};
