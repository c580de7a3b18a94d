import type { AwaitAbsence } from '../commands/help/absences.js';
import type { DecideHelp } from '../commands/help/decideHelp.js';
import { type OccasionContext, placeOf } from '../commands/help/decisionGround.js';
import type { StrategiesInForce } from '../commands/help/strategies.js';
import { causedBy } from '../domain/decision/cause.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { StruggleDetected, StruggleEscalated } from '../domain/journey/events.js';
import type { Recorded } from '../domain/metadata.js';
import type { Reactor } from '../processors/processor.js';
import { isIn, isNamedIn, type Partition, personOf } from './partition.js';

export interface DecideHelpOptions {
  readonly decide: DecideHelp;
  readonly awaitAbsence: AwaitAbsence;
  /** What the journey says of a struggle by now. */
  contextOf(streamName: string, struggleId: string, revision: bigint): Promise<OccasionContext>;
  strategiesOf(tenantId: string): StrategiesInForce;
  /** An event older than this is history, and no occasion for help; milliseconds. */
  staleAfter(tenantId: string): number;
  /** Epoch milliseconds. */
  now(): number;
  /** Called when it begins to run here: others may have decided meanwhile. */
  begin(): void;
  /** Default: all people. */
  readonly partition?: Partition;
}

/**
 * Decides about help for each struggle found, each struggle that got worse, and each event that a strategy waits for. At
 * least once: the decision's stream is named by the cause, so that a second attempt finds what the first one did.
 */
export function decideHelp(options: DecideHelpOptions): Reactor {
  const { partition, strategiesOf } = options;
  return {
    name: partition === undefined ? 'decide-help' : `decide-help.${partition.index}`,
    concerns: ({ data, metadata }) =>
      !('name' in data) || isNamedIn(strategiesOf(String(metadata.tenantId)).awaitedEvents, data.name),
    ...(partition && { isMine: (recorded: Recorded<DomainEvent>) => isIn(partition, recorded) }),
    begin: () => options.begin(),
    replayPolicy: 'never',
    isUrgent: true,
    concurrency: 64,
    eventTypes: ['StruggleDetected', 'StruggleEscalated', 'ActionTracked'],
    async react(recorded) {
      const { event } = recorded;
      const subject = personOf(recorded);
      if (subject === undefined) return;
      if (event.type === 'StruggleDetected' || event.type === 'StruggleEscalated')
        await onStruggle(options, recorded, event, subject);
      if (event.type === 'ActionTracked') await onAction(options, recorded, event.data.name, subject);
    },
  };
}

async function onStruggle(
  { decide, contextOf }: DecideHelpOptions,
  recorded: Recorded<DomainEvent>,
  { type, data }: StruggleDetected | StruggleEscalated,
  subject: string,
): Promise<void> {
  const { tenantId, occurredAt } = recorded.metadata;
  const { struggleId, featureId, signalType, severity } = data;
  const isFirst = type === 'StruggleDetected';
  const on = isFirst ? 'detected' : 'escalated';
  await decide({
    tenantId,
    subject,
    // A struggle reaches each severity once.
    decisionId: isFirst ? struggleId : `${struggleId}.${severity}`,
    cause: { trigger: 'struggle', struggleId, featureId, signalType, severity },
    happening: { kind: 'struggle', on, signalType, featureId, severity },
    causedAt: occurredAt,
    causedBy: recorded,
    place: placeOf(recorded),
    context: () => contextOf(recorded.streamName, struggleId, recorded.revision),
  });
}

async function onAction(
  { decide, awaitAbsence, strategiesOf, staleAfter, now }: DecideHelpOptions,
  recorded: Recorded<DomainEvent>,
  name: string,
  subject: string,
): Promise<void> {
  const { tenantId, occurredAt } = recorded.metadata;
  const tooOld = now() - staleAfter(tenantId);
  if (occurredAt >= tooOld) {
    await decide({
      tenantId,
      subject,
      decisionId: `event-${recorded.id}`,
      cause: causedBy('event'),
      happening: { kind: 'event', name },
      causedAt: occurredAt,
      causedBy: recorded,
      place: placeOf(recorded),
    });
  }
  for (const { id, version, definition } of strategiesOf(tenantId).enabled.absence) {
    const { trigger } = definition;
    if (trigger.kind !== 'absence' || trigger.after !== name) continue;
    const dueAt = occurredAt + trigger.within;
    if (dueAt < tooOld) continue;
    const decisionId = `absence-${recorded.id}.${id}`;
    const awaited = { strategyId: id, strategyVersion: version, of: trigger.of, since: occurredAt, dueAt };
    await awaitAbsence({ tenantId, awaited: { decisionId, subject, ...awaited }, causedBy: recorded });
  }
}
