import type { ComplianceReason } from '../../domain/content/compliance.js';
import type { GenerationAttempt, TextAuthor, TextReview } from '../../domain/intervention/events.js';
import {
  GenerationFailed,
  type GenerationMessage,
  proposalTool,
  type TextGenerator,
  type TokenUsage,
  type ToolResult,
} from '../textGenerator.js';
import { agentTools, proposal, type ReadPerson, runTool } from './agentTools.js';
import { askModel } from './askModel.js';
import { nameOfModel } from './askModels.js';
import type { CheckText } from './compliance.js';
import type { FoundKnowledge, SearchKnowledge } from './knowledge.js';
import { costOf } from './modelPrices.js';
import type { Prompt } from './prompts/prompt.js';
import { promptFor } from './prompts/prompts.js';
import type { ReviewText } from './reviewText.js';
import { type AgentTask, nameStandIn, taskMessage } from './taskMessage.js';

export interface RefusedText {
  readonly author: TextAuthor;
  readonly reasons: readonly ComplianceReason[];
}

/** What one model made of it. */
export interface AgentOutcome {
  readonly text: { readonly title: string; readonly body: string; readonly author: TextAuthor } | null;
  readonly attempt: GenerationAttempt;
  readonly refused: readonly RefusedText[];
  readonly reviews: readonly TextReview[];
  readonly retrieved: readonly FoundKnowledge[];
}

export interface AgentPorts {
  readonly person: ReadPerson;
  readonly searchKnowledge: SearchKnowledge;
  readonly check: CheckText;
  /** Asked where the policy wants a second model, of what the rules found nothing wrong with. */
  readonly review: ReviewText;
  /** Epoch milliseconds. */
  now(): number;
}

export type RunAgent = (
  generator: TextGenerator,
  task: AgentTask,
  signal: AbortSignal,
) => Promise<AgentOutcome>;

/** Tokens that a text and a call of a tool can need. */
const mostOutput = 1024;
/** Calls of tools in one turn. */
const mostCalls = 4;
/** Models change the case of words. */
const standInAnyhow = new RegExp(nameStandIn, 'gi');
/** Refusals after which a model is not asked again: it is told the reasons once. */
const mostRefusals = 2;

/** Lets one model look up what it needs and hand over a text, within the policy's limits. Never rejects. */
export function createAgent(ports: AgentPorts): RunAgent {
  return async (generator, task, signal) => {
    const conversation = new Conversation(generator, task, ports);
    const begun = ports.now();
    const { text, outcome, reason } = await conversation.run(signal);
    const { turns, tools, usage, refused, reviews, retrieved, prompt } = conversation;
    const { provider, model, price } = generator;
    const attempt: GenerationAttempt = {
      ...{ provider, model, promptVersion: prompt.version, outcome, reason, turns, tools },
      ...usage,
      microUsd: costOf(price, usage),
      latency: ports.now() - begun,
    };
    return { text, attempt, refused, reviews, retrieved };
  };
}

type End = {
  readonly text: AgentOutcome['text'];
  readonly outcome: GenerationAttempt['outcome'];
  readonly reason: string | null;
};

class Conversation {
  readonly tools: string[] = [];
  readonly prompt: Prompt;
  readonly refused: RefusedText[] = [];
  readonly reviews: TextReview[] = [];
  readonly retrieved: FoundKnowledge[] = [];
  readonly usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
  readonly #messages: GenerationMessage[];
  readonly #author: TextAuthor;
  turns = 0;

  constructor(
    readonly generator: TextGenerator,
    readonly task: AgentTask,
    readonly ports: AgentPorts,
  ) {
    this.#messages = [{ role: 'user', text: taskMessage(task) }];
    this.prompt = promptFor('writeHelp', task.policy.models);
    this.#author = { kind: 'model', name: nameOfModel(generator), version: this.prompt.version };
  }

  async run(signal: AbortSignal): Promise<End> {
    const { maxTurns, maxTokens } = this.task.policy.models;
    try {
      while (this.turns < maxTurns) {
        const left = maxTokens - this.usage.inputTokens - this.usage.outputTokens;
        if (left <= 0) return failed('token-limit');
        const end = await this.#turn(Math.min(left, mostOutput), signal);
        if (end !== undefined) return end;
      }
      return failed('turn-limit');
    } catch (error) {
      return failed(error instanceof GenerationFailed ? error.code : 'internal-error');
    }
  }

  async #turn(maxOutputTokens: number, signal: AbortSignal): Promise<End | undefined> {
    const { brief, content, deadline, policy } = this.task;
    this.turns += 1;
    const turn = await askModel(
      this.generator,
      {
        system: this.prompt.system,
        subject: { brief, content },
        messages: this.#messages,
        tools: agentTools,
        maxOutputTokens,
        stream: true,
      },
      this.usage,
      { maxTokens: policy.models.maxTokens, deadline, signal, now: () => this.ports.now() },
    );
    if (turn.stop === 'refusal') return failed('model-refused');
    const { text, toolCalls } = turn;
    this.#messages.push({ role: 'assistant', text, toolCalls });
    if (toolCalls.length === 0) {
      this.#messages.push({ role: 'user', text: `Call ${proposalTool} with the message.` });
      return undefined;
    }
    const results: ToolResult[] = [];
    for (const [at, call] of toolCalls.entries()) {
      if (signal.aborted) return failed('timeout');
      if (at >= mostCalls) {
        results.push({ callId: call.id, content: 'Too many calls at once.', isError: true });
        continue;
      }
      const isKnown = agentTools.some(({ name }) => name === call.name);
      // Names are recorded, and a model can make up any.
      this.tools.push(isKnown ? call.name : 'unknown');
      if (call.name === proposalTool) {
        const judged = await this.#judge(call.input);
        if ('outcome' in judged) return judged;
        results.push({ callId: call.id, content: judged.complaint, isError: true });
        continue;
      }
      const { content: answer, isError, found } = await runTool(call, this.task, this.ports);
      this.retrieved.push(...found);
      results.push({ callId: call.id, content: answer, isError });
    }
    this.#messages.push({ role: 'tools', results });
    return undefined;
  }

  async #judge(input: unknown): Promise<End | { readonly complaint: string }> {
    const parsed = proposal.safeParse(input);
    if (!parsed.success) return { complaint: 'Give a title and a body, both plain text.' };
    const { name, checkedFor, policy } = this.task;
    const named = (text: string) => (name === null ? text : text.replace(standInAnyhow, () => name));
    const text = { title: named(parsed.data.title), body: named(parsed.data.body) };
    let reasons = await this.ports.check(text, checkedFor);
    if (reasons.length === 0 && policy.compliance.secondModel) {
      const reviewed = await this.ports.review(parsed.data, this.#author.name, this.task);
      this.reviews.push(...reviewed.reviews);
      reasons = reviewed.reasons;
    }
    if (reasons.length === 0)
      return { text: { ...text, author: this.#author }, outcome: 'written', reason: null };
    this.refused.push({ author: this.#author, reasons });
    // Which is not for the author to mend.
    if (reasons.some(({ code }) => code === 'not-reviewed'))
      return { text: null, outcome: 'refused', reason: 'not-reviewed' };
    if (this.refused.length >= mostRefusals)
      return { text: null, outcome: 'refused', reason: 'not-compliant' };
    const said = reasons.map(({ detail }) => `- ${detail}`).join('\n');
    return { complaint: `The message may not be sent as it is:\n${said}\nWrite it anew.` };
  }
}

function failed(reason: string): End {
  return { text: null, outcome: 'failed', reason };
}
