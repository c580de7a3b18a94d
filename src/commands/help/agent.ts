import type { ComplianceReason } from '../../domain/content/compliance.js';
import type { GenerationAttempt, TextAuthor } from '../../domain/intervention/events.js';
import {
  GenerationFailed,
  type GenerationMessage,
  proposalTool,
  type TextGenerator,
  type ToolResult,
} from '../textGenerator.js';
import { agentTools, proposal, type ReadPerson, runTool } from './agentTools.js';
import { askModel } from './askModel.js';
import type { CheckText } from './compliance.js';
import type { FoundKnowledge, SearchKnowledge } from './knowledge.js';
import { costOf, priceOf } from './modelPrices.js';
import { writeHelpPrompt } from './prompts/writeHelp.js';
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
  readonly retrieved: readonly FoundKnowledge[];
}

export interface AgentPorts {
  readonly person: ReadPerson;
  readonly searchKnowledge: SearchKnowledge;
  readonly check: CheckText;
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
/** Refusals after which a model is not asked again: it is told the reasons once. */
const mostRefusals = 2;

/** Lets one model look up what it needs and hand over a text, within the policy's limits. Never rejects. */
export function createAgent(ports: AgentPorts): RunAgent {
  return async (generator, task, signal) => {
    const conversation = new Conversation(generator, task, ports);
    const begun = ports.now();
    const { text, outcome, reason } = await conversation.run(signal);
    const { turns, tools, usage, refused, retrieved } = conversation;
    const { provider, model } = generator;
    const attempt: GenerationAttempt = {
      ...{ provider, model, promptVersion: writeHelpPrompt.version, outcome, reason, turns, tools },
      ...usage,
      microUsd: costOf(priceOf(`${provider}:${model}`), usage),
      latency: ports.now() - begun,
    };
    return { text, attempt, refused, retrieved };
  };
}

type End = {
  readonly text: AgentOutcome['text'];
  readonly outcome: GenerationAttempt['outcome'];
  readonly reason: string | null;
};

class Conversation {
  readonly tools: string[] = [];
  readonly refused: RefusedText[] = [];
  readonly retrieved: FoundKnowledge[] = [];
  readonly usage = { inputTokens: 0, outputTokens: 0 };
  readonly #messages: GenerationMessage[];
  readonly #author: TextAuthor;
  turns = 0;

  constructor(
    readonly generator: TextGenerator,
    readonly task: AgentTask,
    readonly ports: AgentPorts,
  ) {
    this.#messages = [{ role: 'user', text: taskMessage(task) }];
    const { provider, model } = generator;
    this.#author = { kind: 'model', name: `${provider}:${model}`, version: writeHelpPrompt.version };
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
    const { brief, content, deadline } = this.task;
    this.turns += 1;
    const turn = await askModel(
      this.generator,
      {
        system: writeHelpPrompt.system,
        subject: { brief, content },
        messages: this.#messages,
        tools: agentTools,
        maxOutputTokens,
        stream: true,
      },
      { deadline, signal, now: () => this.ports.now() },
    );
    this.usage.inputTokens += turn.usage.inputTokens;
    this.usage.outputTokens += turn.usage.outputTokens;
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
    const { name, checkedFor } = this.task;
    const named = (text: string) => (name === null ? text : text.replaceAll(nameStandIn, () => name));
    const text = { title: named(parsed.data.title), body: named(parsed.data.body) };
    const reasons = await this.ports.check(text, checkedFor);
    if (reasons.length === 0)
      return { text: { ...text, author: this.#author }, outcome: 'written', reason: null };
    this.refused.push({ author: this.#author, reasons });
    if (this.refused.length >= mostRefusals)
      return { text: null, outcome: 'refused', reason: 'not-compliant' };
    const said = reasons.map(({ detail }) => `- ${detail}`).join('\n');
    return { complaint: `The message may not be sent as it is:\n${said}\nWrite it anew.` };
  }
}

function failed(reason: string): End {
  return { text: null, outcome: 'failed', reason };
}
