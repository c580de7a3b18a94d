import type { Logger } from 'pino';
import type { CausedStreamPorts } from '../commands/causedStream.js';
import type { LinksFor } from '../commands/channel.js';
import { createAgent } from '../commands/help/agent.js';
import { type AnalyseContextPorts, createAnalyseContext } from '../commands/help/analyseContext.js';
import { checkText } from '../commands/help/compliance.js';
import { createFallbackTexts } from '../commands/help/fallbackTexts.js';
import type { HelpPolicies } from '../commands/help/helpPolicies.js';
import type { SearchKnowledge } from '../commands/help/knowledge.js';
import { ModelBudget } from '../commands/help/modelBudget.js';
import { ModelSlots } from '../commands/help/modelSlots.js';
import { rememberedChecks } from '../commands/help/rememberedChecks.js';
import { createReviewText } from '../commands/help/reviewText.js';
import type { Strategies } from '../commands/help/strategies.js';
import { createWriteHelp } from '../commands/help/writeHelp.js';
import { createWriteText } from '../commands/help/writeText.js';
import type { HelpPermission } from '../commands/interventions.js';
import type { Journeys } from '../commands/journeys.js';
import type { OpenSealed } from '../commands/personalAccess.js';
import { DocumentStoreUnavailable } from '../documentStore/documentStore.js';
import { hash64 } from '../domain/hash64.js';
import type { GaugeSource } from '../http/metrics.js';
import { eldLanguageDetector } from '../integrations/language/eldLanguageDetector.js';
import type { ProviderGenerator } from '../integrations/llm/providerGenerator.js';
import { templateTextGenerator } from '../integrations/templates/templateTextGenerator.js';
import type { Sealers } from '../keyStore/sealing.js';
import type { ModelConfiguration } from '../llmConfiguration.js';
import type { Processors } from '../processors/processors.js';
import { type SpendingDocument, spendingCollection } from '../projections/spending/document.js';
import { spendingDocumentId } from '../projections/spending/projection.js';
import type { DocumentReader } from '../queries/documentReader.js';
import { resolvedSince } from '../queries/helpFacts.js';
import { createHelpReading } from '../queries/helpReading.js';
import { writeHelp } from '../reactors/writeHelp.js';
import type { Sharing } from './sharing.js';

/** Texts, and analyses, that models are asked for at the same time: over all, and for one tenant. */
const textSlots = [24, 16] as const;
const analysisSlots = [16, 4] as const;
/** Milliseconds that the read model of what was spent may take to catch up; until then no model is asked. */
const patience = 1000;

export interface HelpWritingParts {
  readonly models: readonly ModelConfiguration[];
  readonly streams: CausedStreamPorts;
  readonly sealing: Sealers;
  readonly openSealed: OpenSealed;
  readonly permissionFor: HelpPermission;
  /** Whether a person's data may be used to personalise, whatever the channel. */
  readonly mayPersonalise: AnalyseContextPorts['mayPersonalise'];
  readonly journeys: Pick<Journeys, 'beside' | 'sealerOf'>;
  readonly strategies: Strategies;
  readonly policies: HelpPolicies;
  readonly documents: DocumentReader;
  readonly searchKnowledge: SearchKnowledge;
  readonly sharing: Pick<Sharing, 'takeTurn'>;
  readonly linksFor: LinksFor;
  readonly log: Pick<Logger, 'warn'>;
  /** There once everything is put together. */
  processors(): Processors;
}

export type HelpWriting = Awaited<ReturnType<typeof createHelpWriting>>;

/** Who writes help: models, where there are any, and templates. */
export async function createHelpWriting(parts: HelpWritingParts) {
  const { streams, strategies, policies, documents, openSealed, searchKnowledge } = parts;
  const { eventStore, now } = streams;
  const policyOf = (tenantId: string) => policies.of(tenantId).policy;
  const models = await Promise.all(parts.models.map(openModel));
  const check = rememberedChecks(checkText(eldLanguageDetector()));
  const { readerOf, readPerson, situationOf } = createHelpReading({
    ...{ documents, eventStore, openSealed, now },
    disclosedTraits: (tenantId) => policyOf(tenantId).disclosure.traits,
  });
  const slots = new ModelSlots(...textSlots);
  const budget = new ModelBudget(async (tenantId, day) => {
    const head = await eventStore.head();
    if (head !== undefined && !(await parts.processors().waitFor('spending', head, patience)))
      throw new DocumentStoreUnavailable('the read model of what was spent is behind');
    const spent = await documents.get<SpendingDocument>(
      spendingCollection.name,
      spendingDocumentId(tenantId, day),
    );
    return spent ?? { tokens: 0, microUsd: 0 };
  }, now);
  const write = createWriteHelp({
    ...{ streams, permissionFor: parts.permissionFor, policyOf, readerOf },
    isErased: (...about) => parts.sealing.isErased(...about),
    sealerOf: parts.journeys.sealerOf,
    strategiesOf: strategies.of,
    linksFor: parts.linksFor,
    resolvedSince: (...about) => resolvedSince(eventStore, ...about),
    fallbackTexts: createFallbackTexts({ templates: templateTextGenerator, check }),
    writeText: createWriteText({
      ...{ models, templates: templateTextGenerator, check, slots, budget, now },
      runAgent: createAgent({
        ...{ person: readPerson, searchKnowledge, check, now },
        review: createReviewText({ models, budget, now }),
      }),
    }),
  });
  return {
    reactor: writeHelp({ write, begin: () => budget.restart() }),
    analyse: createAnalyseContext({
      ...{ streams, models, budget, policyOf, situationOf, now },
      slots: new ModelSlots(...analysisSlots),
      onError: (error) => parts.log.warn({ err: error }, 'a situation is analysed by rules alone'),
      takeTurn: (tenantId, subject, duration) =>
        parts.sharing.takeTurn(`analysis ${laneOf(tenantId, subject)}`, duration),
      ...{ sealing: parts.sealing, journeys: parts.journeys, mayPersonalise: parts.mayPersonalise },
    }),
    /** For people. */
    authors: [...models.map(({ provider, model }) => `${provider}:${model}`), 'templates'],
    gauges: gaugesOf(slots, models),
    close() {
      for (const model of models) model.close();
    },
  };
}

/**
 * Names of turns are kept, and hold nothing personal: people share so many of them. Who waits for another person's analysis
 * waits for a moment.
 */
const lanes = 4096;

function laneOf(tenantId: string, subject: string): number {
  const words = new Uint32Array(2);
  hash64(`${tenantId} ${subject}`, words);
  return (words[0] ?? 0) % lanes;
}

/** What speaks to a provider is loaded where there is one alone. */
async function openModel(configuration: ModelConfiguration): Promise<ProviderGenerator> {
  if (configuration.provider === 'anthropic') {
    const { anthropicGenerator } = await import('../integrations/llm/anthropic.js');
    return anthropicGenerator(configuration);
  }
  const { openaiGenerator } = await import('../integrations/llm/openai.js');
  return openaiGenerator(configuration);
}

/** 0 closed, 1 half open, 2 open. */
const breakerLevels = { closed: 0, 'half-open': 1, open: 2 } as const;

function gaugesOf(slots: ModelSlots, models: readonly ProviderGenerator[]): GaugeSource[] {
  const single = (value: () => number) => () => [{ labels: {}, value: value() }];
  return [
    {
      name: 'waymark_model_slots_taken',
      help: 'Texts that models are being asked for.',
      labelNames: [],
      collect: single(() => slots.taken),
    },
    {
      name: 'waymark_model_slots',
      help: 'Texts that models may be asked for at the same time.',
      labelNames: [],
      collect: single(() => slots.count),
    },
    {
      name: 'waymark_model_breaker_state',
      help: 'Of the breaker before a model: 0 closed, 1 half open, 2 open.',
      labelNames: ['model'],
      collect: () =>
        models.map(({ provider, model, breaker }) => ({
          labels: { model: `${provider}:${model}` },
          value: breakerLevels[breaker()],
        })),
    },
  ];
}
