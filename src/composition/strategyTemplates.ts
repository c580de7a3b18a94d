import { strategyTemplateFaults } from '../commands/help/strategyTemplates.js';
import { builtInTemplateIds } from '../integrations/templates/builtInTemplates.js';
import { templateFaults } from '../integrations/templates/liquidTemplates.js';

/** By the templates and the engine that texts are composed with. */
export const templateFaultsOf = strategyTemplateFaults({ ids: builtInTemplateIds, faultsOf: templateFaults });
