import { fallbackChain } from '../../domain/content/languages.js';
import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import type { HelpWriting, InterventionText } from '../../domain/intervention/commands.js';
import type { GenerationAttempt, TextReview } from '../../domain/intervention/events.js';
import type { StrategyContent } from '../../domain/strategy/definition.js';
import type { TextGenerator } from '../textGenerator.js';
import type { RefusedText, RunAgent } from './agent.js';
import { type AskModelsPorts, askModels, modelsInOrder } from './askModels.js';
import type { CheckedFor } from './compliance.js';
import type { HelpBrief } from './composeText.js';
import { fromTemplates, type TemplatePorts } from './fromTemplates.js';
import type { FoundKnowledge } from './knowledge.js';
import type { ModelSlots } from './modelSlots.js';
import type { PersonalText, Reader } from './reader.js';
import { type AgentTask, hideFor } from './taskMessage.js';

export type WrittenText = InterventionText;

export interface TextRequest {
  readonly tenantId: string;
  readonly subject: string;
  readonly content: StrategyContent;
  readonly policy: HelpPolicy;
  /** When the decision was recorded; epoch milliseconds. */
  readonly decidedAt: number;
  readonly brief: Pick<
    HelpBrief,
    'strategyId' | 'strategyVersion' | 'signalType' | 'severity' | 'featureId' | 'channel'
  >;
  readonly reader: Reader;
  /** What an address in the text becomes over a channel. */
  clickOver(channel: HelpBrief['channel']): (url: string) => string;
}

/** Null where nobody has anything fitting to say. Rejects only where it was not tried. */
export type WriteText = (
  request: TextRequest,
) => Promise<{ readonly text: WrittenText | null; readonly writing: HelpWriting }>;

export interface WriteTextPorts extends AskModelsPorts, TemplatePorts {
  /** In the installation's order. */
  readonly models: readonly TextGenerator[];
  readonly runAgent: RunAgent;
  readonly slots: ModelSlots;
}

/** Milliseconds after which no model is asked any more: the person has waited long enough. */
const tooLate = 2000;

/**
 * A text by a model where there is one, a slot and a budget for it, and time; by a template otherwise. Whatever the providers
 * do, a text is there by the policy's deadline.
 */
export function createWriteText(ports: WriteTextPorts): WriteText {
  return async (request) => {
    const brief = briefFor(request);
    const checkedFor: CheckedFor = {
      ...{ channel: brief.channel, policy: request.policy.compliance, language: languageOf(brief) },
      click: request.clickOver(brief.channel),
      ...{ personalValues: [], putBack: request.reader.name === null ? [] : [request.reader.name] },
    };
    const byModel = await fromModels(ports, request, brief, checkedFor);
    if (byModel.text !== null)
      return { text: byModel.text, writing: { generated: byModel.generated, refused: byModel.refused } };
    const byTemplate = await fromTemplates(ports, request.content, brief, checkedFor);
    const refused = [...byModel.refused, ...byTemplate.refused];
    return { text: byTemplate.text, writing: { generated: byModel.generated, refused } };
  };
}

export function briefFor({ brief, reader }: TextRequest): HelpBrief {
  const { languages, complexity, ageGroup, name } = reader;
  const { strategyId, strategyVersion, signalType, severity, featureId, channel } = brief;
  return {
    ...{ strategyId, strategyVersion, signalType, severity, featureId, channel },
    ...{ languages, complexity, ageGroup, tone: null },
    variables: name === null ? {} : { name },
  };
}

/** A tag, whatever a client sent as one. */
function languageOf({ languages }: HelpBrief): string {
  return fallbackChain(languages)[0] ?? 'en';
}

type ByModels = {
  readonly text: WrittenText | null;
  readonly generated: HelpWriting['generated'];
  readonly refused: readonly RefusedText[];
};

async function fromModels(
  ports: WriteTextPorts,
  request: TextRequest,
  brief: HelpBrief,
  checkedFor: CheckedFor,
): Promise<ByModels> {
  const models = modelsInOrder(ports.models, request.policy.models);
  if (!request.content.useModel || models.length === 0) return { text: null, generated: null, refused: [] };
  const notAsked = (fallbackReason: string): ByModels => ({
    text: null,
    generated: { attempts: [], retrieved: [], disclosed: [], fallbackReason },
    refused: [],
  });
  if (ports.now() - request.decidedAt > tooLate) return notAsked('too-late');
  // The task is put together only where there is somebody to give it to.
  if (!models.some((model) => model.isReady())) return notAsked('provider-resting');
  const release = ports.slots.take(request.tenantId);
  if (release === undefined) return notAsked('no-free-slot');
  try {
    return await askInTurn(ports, models, request, brief, checkedFor);
  } finally {
    release();
  }
}

async function askInTurn(
  ports: WriteTextPorts,
  models: readonly TextGenerator[],
  request: TextRequest,
  brief: HelpBrief,
  checkedFor: CheckedFor,
): Promise<ByModels> {
  const { tenantId, policy, reader, decidedAt } = request;
  const personal = await reader.personal();
  const task = taskOf(request, brief, checkedFor, personal);
  const refused: RefusedText[] = [];
  const reviews: TextReview[] = [];
  const retrieved: FoundKnowledge[] = [];
  const { result, attempts, reason } = await askModels(
    ports,
    { tenantId, policy, deadline: decidedAt + policy.models.deadline, models },
    async (model, signal) => {
      const outcome = await ports.runAgent(model, task, signal);
      refused.push(...outcome.refused);
      reviews.push(...outcome.reviews);
      retrieved.push(...outcome.retrieved);
      return { result: outcome.text, attempt: outcome.attempt };
    },
  );
  const generated = {
    attempts,
    ...(policy.compliance.secondModel && { reviews }),
    retrieved: retrieved.map(({ documentId, version, score, source }) => ({
      ...{ documentId, version, score },
      ...(source === 'past-help' && { source }),
    })),
    disclosed: attempts.length === 0 ? [] : disclosedBy(attempts, policy, personal),
    fallbackReason: reason,
  };
  return { text: result && { ...result, language: task.language }, generated, refused };
}

function taskOf(
  { tenantId, subject, content, policy, reader, decidedAt }: TextRequest,
  brief: HelpBrief,
  checkedFor: CheckedFor,
  personal: readonly PersonalText[],
): AgentTask {
  const { traits } = policy.disclosure;
  const name = policy.disclosure.name === 'pseudonym' ? reader.name : null;
  return {
    ...{ tenantId, subject, brief, content, policy, name },
    deadline: decidedAt + policy.models.deadline,
    language: languageOf(brief),
    featureId: brief.featureId,
    hide: hideFor(reader.name, personal, policy),
    checkedFor: {
      ...checkedFor,
      personalValues: personal
        .filter(({ trait }) => trait === null || !traits.includes(trait))
        .map(({ value }) => value),
      putBack: name === null ? [] : checkedFor.putBack,
    },
  };
}

const kindsRead: Readonly<Record<string, string>> = {
  read_struggles: 'struggles',
  read_profile: 'profile',
  read_videos: 'videos',
};

/** What left the house: what led to the help, what was read, and the traits that the policy lets be seen. */
function disclosedBy(
  attempts: readonly GenerationAttempt[],
  { disclosure }: HelpPolicy,
  personal: readonly PersonalText[],
): readonly string[] {
  const tools = new Set(attempts.flatMap(({ tools: used }) => used));
  const traits = personal.flatMap(({ trait }) =>
    trait !== null && disclosure.traits.includes(trait) ? [`trait:${trait}`] : [],
  );
  return [
    'occasion',
    ...[...tools].flatMap((tool) => kindsRead[tool] ?? []),
    ...(tools.has('read_profile') ? new Set(traits) : []),
  ];
}
