import type { FastifyPluginAsync } from 'fastify';
import type { AnalyseContext } from '../../commands/help/analyseContext.js';
import type { QueryPorts } from '../../queries/view.js';
import { addConsents } from './consents.js';
import { addDecisions } from './decisions.js';
import { addDeliveries } from './deliveries.js';
import { addEffects } from './effects.js';
import { addFigures } from './figures.js';
import { addInterventions } from './interventions.js';
import { addJourneys, addPeople } from './people.js';
import { addProcessors, type ProcessorControl } from './processors.js';
import { addProfileLists } from './profileLists.js';
import { addQuarantine, type ReplayQuarantined } from './quarantine.js';
import { addStruggles } from './struggles.js';
import { addFeatures, addVideos } from './usage.js';

export interface ReadRoutesOptions {
  readonly ports: QueryPorts;
  readonly processors: ProcessorControl;
  readonly replayQuarantined: ReplayQuarantined;
  readonly analyse: AnalyseContext;
}

/** Everything that can be read of the read models and journeys. Mounted without a prefix. */
export function readRoutes({
  ports,
  processors,
  replayQuarantined,
  analyse,
}: ReadRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    // Parameters are checked by the routes' own zod schemas, and answers are made by typed code: the JSON Schemas
    // that both are shown with are for the API's description.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
    addPeople(app, ports, analyse);
    addProfileLists(app, ports);
    addJourneys(app, ports);
    addStruggles(app, ports);
    addFeatures(app, ports);
    addVideos(app, ports);
    addFigures(app, ports);
    addInterventions(app, ports);
    addDecisions(app, ports);
    addDeliveries(app, ports);
    addEffects(app, ports);
    addQuarantine(app, ports, replayQuarantined);
    addConsents(app, ports);
    addProcessors(app, ports, processors);
  };
}
