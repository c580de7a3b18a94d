import { z } from 'zod';
import type { InterventionText } from '../../domain/intervention/commands.js';
import type { StrategyContent } from '../../domain/strategy/definition.js';
import { GenerationFailed, type TextGenerator } from '../textGenerator.js';
import type { RefusedText } from './agent.js';
import type { CheckedFor, CheckText } from './compliance.js';
import type { HelpBrief } from './composeText.js';

export interface TemplatePorts {
  readonly templates: TextGenerator;
  readonly check: CheckText;
}

const composed = z.object({
  language: z.string(),
  title: z.string(),
  body: z.string(),
  author: z.object({ kind: z.literal('template'), name: z.string(), version: z.number() }),
});

/**
 * The strategy's own template; where the tenant's rules do not let it through, the built-in one. What was refused in the same words
 * is not looked at again.
 * @param known a text that was refused before
 */
export async function fromTemplates(
  { templates, check }: TemplatePorts,
  content: StrategyContent,
  brief: HelpBrief,
  checkedFor: CheckedFor,
  known?: InterventionText,
): Promise<{ readonly text: InterventionText | null; readonly refused: readonly RefusedText[] }> {
  const refused: RefusedText[] = [];
  const looked = known === undefined ? [] : [known];
  const { templates: own, ...builtIn } = content;
  const isBuiltIn = content.template === null && own === undefined;
  for (const each of isBuiltIn ? [content] : [content, { ...builtIn, template: null }]) {
    const text = await compose(templates, each, brief);
    if (text === null || looked.some((other) => isSame(other, text))) continue;
    looked.push(text);
    const reasons = await check(text, { ...checkedFor, language: text.language });
    if (reasons.length === 0) return { text, refused };
    refused.push({ author: text.author, reasons });
  }
  return { text: null, refused };
}

function isSame(a: InterventionText, b: InterventionText): boolean {
  return a.title === b.title && a.body === b.body && a.language === b.language;
}

const neverAborted = new AbortController().signal;

async function compose(
  templates: TextGenerator,
  content: StrategyContent,
  brief: HelpBrief,
): Promise<InterventionText | null> {
  try {
    const request = { system: '', subject: { brief, content }, messages: [], tools: [] };
    const { toolCalls } = await templates.generate(
      { ...request, maxOutputTokens: 0, stream: false },
      neverAborted,
    );
    return composed.parse(toolCalls[0]?.input);
  } catch (error) {
    if (error instanceof GenerationFailed) return null;
    throw error;
  }
}
