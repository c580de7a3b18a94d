import type { ContextAnalysed } from '../../domain/analysis/events.js';
import type { DecisionEvent } from '../../domain/decision/events.js';
import type { DomainEvent } from '../../domain/domainEvent.js';
import type { InterventionEvent } from '../../domain/intervention/events.js';
import type { JourneyEvent, UserEventData } from '../../domain/journey/events.js';
import { subjectOfJourney } from '../../domain/journey/streamName.js';
import type { JsonObject } from '../../domain/json.js';
import type { Recorded } from '../../domain/metadata.js';
import type { ReachabilityEvent } from '../../domain/reachability/events.js';
import { unreachable } from '../../domain/unreachable.js';
import { isoTime } from '../models/fields.js';
import type { ExportLine, LineKind } from './exportLine.js';

/** What one event of a journey says, as lines of an export: what was told, seen and concluded stand in lines of their own. */
export function linesOfJourneyEvent(recorded: Recorded<DomainEvent>, event: JourneyEvent): ExportLine[] {
  const line = (kind: LineKind, data: object) => factLine(kind, recorded, data);
  switch (event.type) {
    case 'JourneyStarted':
      return [line('identity', event.data)];
    case 'TraitsIdentified':
      return linesOfUserEvent(recorded, 'traits', event.data, ['traits']);
    case 'GroupJoined':
      return linesOfUserEvent(recorded, 'group', event.data, []);
    case 'AliasDeclared':
      return linesOfUserEvent(recorded, 'alias', event.data, []);
    case 'PageViewed':
      return linesOfUserEvent(recorded, 'pageView', event.data, []);
    case 'ScreenViewed':
      return linesOfUserEvent(recorded, 'screenView', event.data, []);
    case 'ActionTracked':
      return linesOfUserEvent(recorded, 'action', event.data, []);
    case 'SessionStarted': {
      const { sessionId, startedAt } = event.data;
      return [line('sessionStarted', { sessionId, startedAt: isoTime(startedAt) })];
    }
    case 'SessionEnded': {
      const { sessionId, startedAt, endedAt, eventCount } = event.data;
      const times = { startedAt: isoTime(startedAt), endedAt: isoTime(endedAt) };
      return [line('sessionEnded', { sessionId, ...times, eventCount })];
    }
    case 'SessionsMerged': {
      const { sessionId, mergedSessionId } = event.data;
      return [line('sessionsMerged', { sessionId, mergedSessionId })];
    }
    case 'JourneyLinked':
    case 'LinkedToUser':
      return [line('link', event.data)];
    case 'StruggleDetected':
      return [line('struggleDetected', withoutLink(event.data))];
    case 'StruggleEscalated':
      return [line('struggleEscalated', withoutLink(event.data))];
    case 'StruggleResolved':
      return [line('struggleResolved', withoutLink(event.data))];
    case 'JourneyTruncated':
      // Tells only what other lines said before they were past their period.
      return [];
    default:
      return unreachable(event);
  }
}

/** @param own what the kind is there for: other kinds leave traits to a line of their own, because they were told */
function linesOfUserEvent(
  recorded: Recorded<DomainEvent>,
  kind: LineKind,
  data: UserEventData,
  own: readonly string[],
): ExportLine[] {
  const { linkedTo: _, interaction, video, traits, ...rest } = data;
  const lines = [factLine(kind, recorded, own.includes('traits') ? { ...rest, traits } : rest)];
  if (traits !== undefined && !own.includes('traits')) lines.push(factLine('traits', recorded, { traits }));
  if (interaction !== undefined || video !== undefined) {
    lines.push(factLine('interpretation', recorded, { interaction, video }));
  }
  return lines;
}

export function linesOfIntervention(recorded: Recorded<DomainEvent>, event: InterventionEvent): ExportLine[] {
  const line = (kind: LineKind, data: object) => factLine(kind, recorded, data);
  switch (event.type) {
    case 'InterventionProposed': {
      const { subject: _, expiresAt, ...rest } = event.data;
      const reason =
        rest.struggleId === null
          ? rest.trigger
          : `struggle ${rest.struggleId} (${rest.signalType}, ${rest.severity})`;
      return [line('decision', { ...rest, outcome: 'proposed', reason, expiresAt: isoTime(expiresAt) })];
    }
    case 'InterventionDeclined': {
      const { subject: _, ...rest } = event.data;
      return [line('decision', { ...rest, outcome: 'declined' })];
    }
    case 'TextGenerated':
    case 'TextRefused':
    case 'DeliveryStarted':
    case 'DeliveryFailed':
    case 'InterventionResent':
    case 'DeliveryConfirmed':
    case 'DeliveryBounced':
    case 'InterventionOpened':
    case 'InterventionDelivered':
    case 'InterventionFailed':
    case 'InterventionSeen':
    case 'InterventionClicked':
    case 'InterventionDismissed': {
      const { subject: _, ...rest } = event.data;
      return [line('interventionOutcome', { ...rest, outcome: outcomes[event.type] })];
    }
    default:
      return unreachable(event);
  }
}

/** What was decided about help, by which rules, and whether its goal was reached. */
export function linesOfDecision(recorded: Recorded<DomainEvent>, event: DecisionEvent): ExportLine[] {
  const { decisionId } = event.data;
  switch (event.type) {
    case 'DecisionMade': {
      const { subject: _, chosen, ...rest } = event.data;
      const strategy = chosen?.strategyId ?? null;
      const outcome = chosen === null ? 'declined' : chosen.arm === 'holdout' ? 'held-out' : 'chosen';
      return [factLine('decision', recorded, { ...rest, outcome, strategy, reason: rest.trigger, chosen })];
    }
    case 'AbsenceAwaited': {
      const { strategyId: strategy, of: reason, dueAt } = event.data;
      const data = { decisionId, outcome: 'waiting', strategy, reason, struggleId: null };
      return [factLine('decision', recorded, { ...data, dueAt: isoTime(dueAt) })];
    }
    case 'AbsenceEnded': {
      const { reason } = event.data;
      const data = { decisionId, outcome: 'ended', strategy: null, reason, struggleId: null };
      return [factLine('decision', recorded, data)];
    }
    case 'OutcomeReached': {
      const { subject: _, ...rest } = event.data;
      return [factLine('interventionOutcome', recorded, { ...rest, outcome: 'goal-reached' })];
    }
    default:
      return unreachable(event);
  }
}

/** Where nothing is sent any more; which address it is stands in the messages. */
export function lineOfReachability(recorded: Recorded<DomainEvent>, event: ReachabilityEvent): ExportLine {
  const { channel } = event.data;
  const data =
    event.type === 'ChannelSuppressed'
      ? { channel, outcome: 'address-suppressed', reason: event.data.reason }
      : { channel, outcome: 'address-released' };
  return factLine('interventionOutcome', recorded, data);
}

/** What a model made of the person's situation, and what it was told for that. */
export function lineOfAnalysis(recorded: Recorded<DomainEvent>, { data }: ContextAnalysed): ExportLine {
  const { subject: _, at, attempts, ...rest } = data;
  const models = attempts.map(({ provider, model }) => `${provider}:${model}`);
  return factLine('analysis', recorded, { ...rest, analysedAt: isoTime(at), models });
}

const outcomes = {
  TextGenerated: 'worded',
  TextRefused: 'text-refused',
  DeliveryStarted: 'delivery-started',
  DeliveryFailed: 'delivery-failed',
  InterventionResent: 'resent',
  DeliveryConfirmed: 'delivery-confirmed',
  DeliveryBounced: 'bounced',
  InterventionOpened: 'opened',
  InterventionDelivered: 'delivered',
  InterventionFailed: 'failed',
  InterventionSeen: 'seen',
  InterventionClicked: 'clicked',
  InterventionDismissed: 'dismissed',
} as const;

/** Of a stream of the person's consents, whose events all tell what the person decided. */
export function lineOfConsent(recorded: Recorded<DomainEvent>): ExportLine {
  return factLine('consent', recorded, { ...recorded.event.data, type: recorded.event.type });
}

function factLine(kind: LineKind, recorded: Recorded<DomainEvent>, data: object): ExportLine {
  const { id, streamName, metadata } = recorded;
  return {
    kind,
    id,
    occurredAt: isoTime(metadata.occurredAt),
    recordedAt: isoTime(metadata.recordedAt),
    source: metadata.source ?? null,
    journey: subjectOfJourney(streamName) ?? streamName,
    // Events are stored as JSON, so their data is nothing else.
    data: data as JsonObject,
  };
}

function withoutLink<D extends { readonly linkedTo?: string }>({ linkedTo: _, ...rest }: D) {
  return rest;
}
