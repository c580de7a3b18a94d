import { randomUUID } from 'node:crypto';
import { testStrategy } from '../commands/help/testStrategy.js';
import { formatPosition } from '../eventStore/eventStore.js';
import { decisionRoutes } from '../http/help/decisionRoutes.js';
import { deliveryRoutes } from '../http/help/deliveryRoutes.js';
import { helpPolicyRoutes } from '../http/help/helpPolicyRoutes.js';
import { strategyRoutes } from '../http/help/strategyRoutes.js';
import type { RoutePlugin } from '../http/server.js';
import { findKnownPerson } from '../queries/helpFacts.js';
import { openPerson } from '../queries/person.js';
import type { QueryPorts } from '../queries/view.js';
import type { HelpDecisions } from './helpDecisions.js';
import type { HelpDelivery } from './helpDelivery.js';
import { templateFaultsOf } from './strategyTemplates.js';

/** Strategies, the help policy, and decisions that are asked for. */
export function createHelpRoutes(
  help: HelpDecisions,
  { resend, reachability }: Pick<HelpDelivery, 'resend' | 'reachability'>,
  ports: QueryPorts,
): RoutePlugin[] {
  const { strategies, policies, ground, requestHelp } = help;
  const options = { formatPosition, now: ports.now };
  const routes = [
    strategyRoutes(strategies, { ...options, templateFaults: templateFaultsOf }),
    helpPolicyRoutes(policies, options),
    deliveryRoutes({ ports, resend, reachability }),
    decisionRoutes({
      ...{ ports, strategies, requestHelp, formatPosition, newId: randomUUID },
      async test(userId, request) {
        const { tenantId, at } = request;
        const identity = { kind: 'user', value: userId } as const;
        // Of a past moment, what was known then; of a future one, what is known now.
        const asOf = at < ports.now() ? at : undefined;
        const person = await openPerson(ports, tenantId, identity, [], asOf);
        const documents = person?.documents ?? help.documents;
        return testStrategy(
          { ...ground, personOf: (...about) => findKnownPerson(documents, ...about) },
          strategies.of(tenantId),
          policies.of(tenantId).policy,
          request,
        );
      },
    }),
  ];
  return routes.map((plugin) => ({ prefix: '', routes: plugin }));
}
