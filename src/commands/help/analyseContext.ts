import { isCurrent } from '../../domain/analysis/decide.js';
import { type AnalysisAttempt, type ContextAnalysed, withTexts } from '../../domain/analysis/events.js';
import type { Permission } from '../../domain/consent/policy.js';
import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import type { Sealers } from '../../keyStore/sealing.js';
import type { CausedStreamPorts } from '../causedStream.js';
import type { Journeys } from '../journeys.js';
import type { TextGenerator } from '../textGenerator.js';
import { loadAnalysis, recordAnalysis } from './analysisStream.js';
import { analysisTool } from './analysisTool.js';
import { asData } from './asData.js';
import { askForAnswer } from './askForAnswer.js';
import { type AskModelsPorts, askModels, modelsInOrder } from './askModels.js';
import { inTurn, type TakeTurn } from './inTurn.js';
import type { ModelSlots } from './modelSlots.js';
import { promptFor } from './prompts/prompts.js';
import type { PersonalText, Reader } from './reader.js';
import { hideFor } from './taskMessage.js';

export interface AnalysisRequest {
  readonly tenantId: string;
  /** Pseudonym of the person's main journey. */
  readonly subject: string;
  /** Counts what is known of the person: an analysis stands until it changes. */
  readonly journeyVersion: number;
  /** A past moment, epoch milliseconds: what held then, and nobody is asked. */
  readonly asOf?: number | undefined;
}

export interface AnalysedContext {
  /** The last analysis by a model, texts sealed; null where none holds. */
  readonly analysed: ContextAnalysed['data'] | null;
  /** Why there is none, as a code; null where there is. */
  readonly reason: string | null;
}

/** What a model is asked about, and for whom. */
export interface SituationOfPerson {
  readonly reader: Reader;
  /** By part, each of which is shown by itself. Without traits that the policy does not disclose. */
  readonly situation: Readonly<Record<string, unknown>>;
}

export interface AnalyseContextPorts extends AskModelsPorts {
  readonly streams: CausedStreamPorts;
  readonly journeys: Pick<Journeys, 'beside'>;
  readonly sealing: Pick<Sealers, 'sealerOf'>;
  readonly models: readonly TextGenerator[];
  /** Of their own: who reads insights takes none from who is to be helped. */
  readonly slots: ModelSlots;
  /** Among the instances, for a person. @param duration milliseconds after which it ends by itself */
  takeTurn(tenantId: string, subject: string, duration: number): ReturnType<TakeTurn>;
  policyOf(tenantId: string): HelpPolicy;
  /** Whether the person's data may be used to personalise. */
  mayPersonalise(tenantId: string, subject: string): Promise<Permission>;
  situationOf(tenantId: string, subject: string): Promise<SituationOfPerson>;
  readonly onError: (error: unknown) => void;
}

/** Never rejects: what a store or the keys do not answer is `unavailable`. */
export type AnalyseContext = (request: AnalysisRequest) => Promise<AnalysedContext>;

/** Tokens that an analysis can need. */
const mostOutput = 1200;
/** Milliseconds that reading and recording take beside the model at most. */
const besideModel = 5000;

/**
 * Has a model describe a person's situation: at most once for what is known of them, and again after an hour. Recorded, so that
 * whoever reads it later, or meanwhile on another instance, calls nobody. Nothing is asked, nor shown of a past moment, where
 * the person's consent does not cover it now.
 */
export function createAnalyseContext(ports: AnalyseContextPorts): AnalyseContext {
  const underWay = new Map<string, Promise<AnalysedContext>>();

  async function ask(request: AnalysisRequest, models: readonly TextGenerator[]): Promise<AnalysedContext> {
    const { tenantId, subject } = request;
    const release = ports.slots.take(tenantId);
    if (release === undefined) return without('no-free-slot');
    try {
      const work = () => askAndRecord(ports, request, models);
      return (await ports.journeys.beside(tenantId, subject, work)) ?? without('erased');
    } finally {
      release();
    }
  }

  async function found({ tenantId, subject, journeyVersion, asOf }: AnalysisRequest) {
    const { state } = await loadAnalysis(ports.streams, tenantId, subject, asOf);
    return isCurrent(state, { journeyVersion, at: asOf ?? ports.now() }) ? contextOf(state.last) : undefined;
  }

  async function askInTurn(request: AnalysisRequest, models: readonly TextGenerator[], policy: HelpPolicy) {
    const { tenantId, subject } = request;
    const { deadline } = policy.models;
    const latest = ports.now() + deadline;
    const made = await inTurn(
      () => ports.takeTurn(tenantId, subject, deadline + besideModel),
      () => found(request),
      () => ask(request, models),
      () => ports.now() > latest,
    );
    return made ?? without('no-free-slot');
  }

  async function analyse(request: AnalysisRequest): Promise<AnalysedContext> {
    const { tenantId, subject, asOf } = request;
    const policy = ports.policyOf(tenantId);
    if (asOf === undefined && !policy.enabled) return without('disabled');
    if (!(await ports.mayPersonalise(tenantId, subject)).allowed) return without('no-consent');
    const there = await found(request);
    if (there !== undefined) return there;
    if (asOf !== undefined) return without('no-model');
    const models = modelsInOrder(ports.models, policy.models);
    if (models.length === 0) return without('no-model');
    const key = `${tenantId} ${subject}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const asked = askInTurn(request, models, policy).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  }

  return async (request) => {
    try {
      return await analyse(request);
    } catch (error) {
      ports.onError(error);
      return without('unavailable');
    }
  };
}

const without = (reason: string): AnalysedContext => ({ analysed: null, reason });

function contextOf(last: ContextAnalysed['data'] | null): AnalysedContext {
  return last?.findings ? { analysed: last, reason: null } : without(last?.fallbackReason ?? 'no-model');
}

async function askAndRecord(
  ports: AnalyseContextPorts,
  { tenantId, subject, journeyVersion }: AnalysisRequest,
  models: readonly TextGenerator[],
): Promise<AnalysedContext> {
  const policy = ports.policyOf(tenantId);
  const { reader, situation } = await ports.situationOf(tenantId, subject);
  const at = ports.now();
  const deadline = at + policy.models.deadline;
  const personal = await reader.personal();
  const hide = hideFor(reader.name, personal, { disclosure: { ...policy.disclosure, name: 'omit' } });
  const question = {
    prompt: promptFor('analyseContext', policy.models),
    message: Object.entries(situation)
      .map(([part, known]) => `Of the person, ${part}:\n${asData(known, hide)}`)
      .join('\n\n'),
    tool: analysisTool,
  };
  const { result, attempts, reason } = await askModels(
    ports,
    { tenantId, policy, deadline, models },
    async (model, signal) => {
      const limits = { maxTokens: policy.models.maxTokens, maxOutputTokens: mostOutput };
      const answered = await askForAnswer(model, question, { ...limits, deadline, signal, now: ports.now });
      const { answer, turns, use } = answered;
      const outcome = answer === null ? 'failed' : 'analysed';
      const attempt: AnalysisAttempt = { ...use, outcome, reason: answered.reason, turns };
      return { result: answer, attempt };
    },
  );
  // Nothing was disclosed or spent.
  if (attempts.length === 0) return without(reason ?? 'no-model');
  // What changed meanwhile counts.
  const isAllowed = (await ports.mayPersonalise(tenantId, subject)).allowed;
  const sealer = await ports.sealing.sealerOf(tenantId, subject);
  // Another instance erased the person: nothing about them may be recorded any more.
  if (sealer === undefined) return without('erased');
  const sealed =
    isAllowed && result !== null
      ? withTexts(result, (each, path) => sealer.seal(`analysis-${at}`, path, each))
      : null;
  const command = {
    type: 'RecordAnalysis',
    data: {
      ...{ subject, journeyVersion, at, findings: sealed, attempts },
      disclosed: disclosedOf(policy, personal),
      fallbackReason: sealed === null ? (reason ?? 'no-consent') : null,
    },
  } as const;
  const state = await recordAnalysis(ports.streams, tenantId, command);
  return isAllowed ? contextOf(state.last) : without('no-consent');
}

function disclosedOf({ disclosure }: HelpPolicy, personal: readonly PersonalText[]): readonly string[] {
  const traits = personal.flatMap(({ trait }) =>
    trait !== null && disclosure.traits.includes(trait) ? [`trait:${trait}`] : [],
  );
  return ['profile', 'struggles', 'videos', ...new Set(traits)];
}
