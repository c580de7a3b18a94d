import { z } from 'zod';
import type { CheckedText, ComplianceReason } from '../../domain/content/compliance.js';
import type { TextReview } from '../../domain/intervention/events.js';
import type { TextGenerator } from '../textGenerator.js';
import { asWholeData } from './asData.js';
import { askForAnswer } from './askForAnswer.js';
import { type AskModelsPorts, askModels, modelsInOrder, nameOfModel } from './askModels.js';
import { promptFor } from './prompts/prompts.js';
import type { AgentTask } from './taskMessage.js';

export interface Reviewed {
  /** Empty where the text may be sent. */
  readonly reasons: readonly ComplianceReason[];
  readonly reviews: readonly TextReview[];
}

/**
 * Has a text judged by another model than the one that wrote it, as the provider was shown it: with the stand-in for a name.
 * @param author of the text, `<provider>:<model>`
 */
export type ReviewText = (text: CheckedText, author: string, task: AgentTask) => Promise<Reviewed>;

/** What the author is told; what a model says in its own words is neither recorded nor passed on. */
const concerns = {
  unkind: 'Blame, mock and belittle nobody.',
  pressing: 'Leave out what hurries, threatens or plays on fear or guilt.',
  misleading: 'Leave out what is promised or implied without ground.',
  unsafe: 'Leave out what could cost the person money, data, access or health.',
  personal: 'Leave out what gives away something about a person.',
  'off-topic': 'Write about the task alone.',
  unclear: 'Say plainly what to do.',
  'not-a-message': 'Write to the person, and to nobody else.',
} as const;
type Concern = keyof typeof concerns;

const names = Object.keys(concerns) as [Concern, ...Concern[]];
const verdict = z.strictObject({ concerns: z.array(z.enum(names)).max(names.length) });

const tool = {
  name: 'give_verdict',
  description: 'Hands over the verdict: no concerns where the message may be sent.',
  answer: verdict,
};
const mostOutput = 200;

/** The tenant wants no text of a model to go out that only one judge has seen. */
const notReviewed: ComplianceReason = {
  code: 'not-reviewed',
  detail: 'No second model has reviewed the text.',
};

/** Without another model, a budget for it, or an answer in time, the text is not let through. Never rejects. */
export function createReviewText(
  ports: AskModelsPorts & { readonly models: readonly TextGenerator[] },
): ReviewText {
  return async ({ title, body }, author, task) => {
    const { tenantId, policy, deadline, brief, content, language } = task;
    const models = modelsInOrder(ports.models, policy.models).filter(
      (model) => nameOfModel(model) !== author,
    );
    const about = { purpose: content.brief, channel: brief.channel, language };
    const question = {
      prompt: promptFor('reviewText', policy.models),
      message: `The task was:\n${JSON.stringify(about)}\n\nThe message:\n${asWholeData({ title, body })}`,
      tool,
    };
    const { result, attempts } = await askModels(
      ports,
      { tenantId, policy, deadline, models },
      async (model, signal) => {
        const { maxTokens } = policy.models;
        const limits = { maxTokens, maxOutputTokens: mostOutput, deadline, signal, now: ports.now };
        const { answer, reason, use } = await askForAnswer(model, question, limits);
        const outcome = answer === null ? 'failed' : answer.concerns.length === 0 ? 'passed' : 'refused';
        const attempt: TextReview = { ...use, outcome, reason };
        return { result: answer, attempt };
      },
    );
    const reasons =
      result === null
        ? [notReviewed]
        : [...new Set(result.concerns)].map((code) => ({ code, detail: concerns[code] }));
    return { reasons, reviews: attempts };
  };
}
