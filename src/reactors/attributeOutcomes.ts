import type { ReachOutcome } from '../commands/help/reachOutcome.js';
import type { StrategiesInForce } from '../commands/help/strategies.js';
import type { HelpGoal } from '../domain/decision/events.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Recorded } from '../domain/metadata.js';
import type { Reactor } from '../processors/processor.js';
import type { DecisionDocument } from '../projections/decisions/document.js';
import { isNamedIn, personOf } from './partition.js';

export interface AttributeOutcomesOptions {
  readonly reach: ReachOutcome;
  /** Decisions about a person, over all their identities, that were recorded before the event and made since a moment. */
  openDecisions(
    tenantId: string,
    subject: string,
    since: number,
    before: Recorded<unknown>['position'],
  ): Promise<readonly DecisionDocument[]>;
  strategiesOf(tenantId: string): StrategiesInForce;
}

/** The longest that a goal can be waited for; milliseconds. */
const longestWindow = 90 * 86_400_000;

/**
 * Ties what people reach to the help that was to lead there, for those who got it and for the holdout alike. At least once:
 * the decision's own stream knows whether its goal was reached before.
 */
export function attributeOutcomes({ reach, openDecisions, strategiesOf }: AttributeOutcomesOptions): Reactor {
  return {
    name: 'attribute-outcomes',
    replayPolicy: 'never',
    eventTypes: ['StruggleResolved', 'SessionStarted', 'ActionTracked'],
    concerns({ data, metadata }) {
      if ('struggleId' in data) return true;
      const { goalEvents, awaitsReturn } = strategiesOf(String(metadata.tenantId));
      return 'name' in data ? isNamedIn(goalEvents, data.name) : awaitsReturn;
    },
    async react(recorded) {
      const subject = personOf(recorded);
      const goal = goalIn(recorded.event);
      if (subject === undefined || goal === undefined) return;
      const { tenantId, occurredAt: reachedAt } = recorded.metadata;
      const since = reachedAt - longestWindow;
      for (const open of await openDecisions(tenantId, subject, since, recorded.position)) {
        if (!isAbout(open, recorded.event)) continue;
        const { decisionId, decidedAt, subject: decidedAbout } = open;
        await reach({
          ...{ tenantId, decisionId, goal, decidedAt, reachedAt },
          subject: decidedAbout,
          causedBy: recorded,
        });
      }
    },
  };
}

function goalIn(event: DomainEvent): HelpGoal | undefined {
  switch (event.type) {
    case 'StruggleResolved':
      return { kind: 'struggle-resolved' };
    case 'SessionStarted':
      return { kind: 'return' };
    case 'ActionTracked':
      return { kind: 'event', name: event.data.name };
    default:
      return undefined;
  }
}

/** A struggle that is resolved speaks for the help with that struggle alone. */
function isAbout({ chosen, outcome, struggleId }: DecisionDocument, event: DomainEvent): boolean {
  if (chosen === null || outcome !== null) return false;
  return event.type !== 'StruggleResolved' || event.data.struggleId === struggleId;
}
