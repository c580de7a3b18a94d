import type { AccessEvent } from './access/events.js';
import type { AnalysisEvent } from './analysis/events.js';
import type { BreachEvent } from './breach/events.js';
import type { ConsentEvent } from './consent/events.js';
import type { DecisionEvent } from './decision/events.js';
import type { ErasureEvent } from './erasure/events.js';
import type { HelpPolicyEvent } from './helpPolicy/events.js';
import type { IngestionEvent } from './ingestion/events.js';
import type { InterventionEvent } from './intervention/events.js';
import type { JourneyEvent } from './journey/events.js';
import type { KnowledgeEvent } from './knowledge/events.js';
import type { PersonExportEvent } from './personExport/events.js';
import type { PrivacyPolicyEvent } from './privacyPolicy/events.js';
import type { PrivacyRequestEvent } from './privacyRequest/events.js';
import type { ReachabilityEvent } from './reachability/events.js';
import type { RetentionEvent } from './retention/events.js';
import type { StrategyEvent } from './strategy/events.js';

export type DomainEvent =
  | JourneyEvent
  | DecisionEvent
  | InterventionEvent
  | AnalysisEvent
  | ReachabilityEvent
  | IngestionEvent
  | ErasureEvent
  | PrivacyRequestEvent
  | ConsentEvent
  | AccessEvent
  | PersonExportEvent
  | PrivacyPolicyEvent
  | RetentionEvent
  | BreachEvent
  | KnowledgeEvent
  | StrategyEvent
  | HelpPolicyEvent;
export type DomainEventType = DomainEvent['type'];
