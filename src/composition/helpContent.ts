import type { Logger } from 'pino';
import type { LinksFor } from '../commands/channel.js';
import { type CheckText, checkText } from '../commands/help/compliance.js';
import { type ComposeText, composeText } from '../commands/help/composeText.js';
import type { SearchKnowledge } from '../commands/help/knowledge.js';
import { changeKnowledge } from '../commands/help/knowledgeDocuments.js';
import { createKnowledgeSearch } from '../commands/help/searchKnowledge.js';
import type { StrategiesInForce } from '../commands/help/strategies.js';
import type { CompliancePolicy } from '../domain/content/compliance.js';
import type { EmbeddingsConfiguration } from '../embeddingsConfiguration.js';
import { formatPosition } from '../eventStore/eventStore.js';
import { knowledgeRoutes } from '../http/help/knowledgeRoutes.js';
import { previewRoutes } from '../http/help/previewRoutes.js';
import type { PersonalValuePorts } from '../http/personalValues.js';
import type { RoutePlugin } from '../http/server.js';
import { minisearchWordIndex } from '../integrations/knowledge/minisearchWordIndex.js';
import { openVectorDocuments } from '../integrations/knowledge/vectorDocuments.js';
import { eldLanguageDetector } from '../integrations/language/eldLanguageDetector.js';
import { builtInTemplates } from '../integrations/templates/builtInTemplates.js';
import { renderTemplate } from '../integrations/templates/liquidTemplates.js';
import { knowledgeBaseOf, knowledgeChangedAfter } from '../queries/knowledge.js';
import { createPastHelp } from '../queries/pastHelp.js';
import type { QueryPorts } from '../queries/view.js';
import { createEventIds } from './eventIds.js';
import type { Stores } from './stores.js';
import { templateFaultsOf } from './strategyTemplates.js';

/** What help says: composed, checked, and written from what is known. */
export interface HelpContent {
  readonly compose: ComposeText;
  readonly check: CheckText;
  readonly searchKnowledge: SearchKnowledge;
  readonly routes: readonly RoutePlugin[];
  close(): void;
}

export interface HelpContentParts {
  readonly stores: Pick<Stores, 'eventStore' | 'documentStore'>;
  readonly ports: QueryPorts;
  readonly personalValues: PersonalValuePorts;
  readonly embeddings: EmbeddingsConfiguration | undefined;
  readonly log: Pick<Logger, 'warn'>;
  readonly policyOf: (tenantId: string) => CompliancePolicy;
  readonly linksFor: LinksFor;
  readonly strategiesOf: (tenantId: string) => Pick<StrategiesInForce, 'known'>;
}

export async function openHelpContent(parts: HelpContentParts): Promise<HelpContent> {
  const { stores, ports, personalValues, log } = parts;
  const { eventStore, documentStore } = stores;
  const { documents } = ports;
  const embeddings = parts.embeddings && (await openEmbeddings(parts.embeddings));
  const meaning = embeddings && { embeddings, vectors: await openVectorDocuments(documentStore) };
  const detectLanguage = eldLanguageDetector();
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'a search of the knowledge base goes on without a part of it');
  const { search } = createKnowledgeSearch({
    source: {
      stateOf: (tenantId) => knowledgeBaseOf(documents, tenantId),
      changedAfter: (tenantId, change) => knowledgeChangedAfter(documents, tenantId, change),
    },
    createWordIndex: minisearchWordIndex,
    ...(meaning && { meaning }),
    pastHelp: createPastHelp({
      ...{ documents, detectLanguage, onError, now: ports.now },
      strategiesOf: (tenantId) => parts.strategiesOf(tenantId).known,
    }),
    onError,
  });
  const change = changeKnowledge({
    eventStore,
    sizeOf: async (tenantId) =>
      (await knowledgeBaseOf(documents, tenantId)) ?? { documents: 0, characters: 0 },
    newId: createEventIds(),
  });
  const compose = composeText({ builtIn: builtInTemplates, render: renderTemplate });
  const check = checkText(detectLanguage);
  return {
    compose,
    check,
    searchKnowledge: search,
    routes: [
      { prefix: '', routes: knowledgeRoutes({ ports, search, change, formatPosition, now: ports.now }) },
      {
        prefix: '',
        routes: previewRoutes({
          ports,
          personalValues,
          compose,
          check,
          templateFaults: templateFaultsOf,
          policyOf: parts.policyOf,
          linksFor: parts.linksFor,
        }),
      },
    ],
    close: () => embeddings?.close(),
  };
}

/** What speaks to the provider is loaded where there is one alone. */
async function openEmbeddings(configuration: EmbeddingsConfiguration) {
  const { openaiEmbeddings } = await import('../integrations/embeddings/openaiEmbeddings.js');
  return openaiEmbeddings(configuration);
}
