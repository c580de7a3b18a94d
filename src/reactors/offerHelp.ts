import type { DeliverIntervention, HelpPermission, ProposeIntervention } from '../commands/interventions.js';
import type { StruggleContext } from '../commands/struggleContext.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { HelpCause, HelpFacts } from '../domain/intervention/commands.js';
import { reasonToDecline } from '../domain/intervention/decide.js';
import { interventionIdFor } from '../domain/intervention/streamName.js';
import { subjectOfJourney } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import type { Reactor } from '../processors/processor.js';
import type { HelpHistory } from './helpHistory.js';

/** The same for everyone in a tenant. Durations in milliseconds. */
export interface HelpSettings {
  readonly enabled: boolean;
  /** Shortest time between two offers of help to one person for one feature. */
  readonly cooldown: number;
  /** Older struggles are history (an import, a long stop), not something to help with now. */
  readonly staleAfter: number;
  /** How long a message is worth showing. */
  readonly showFor: number;
}

const minute = 60_000;
const day = 24 * 60 * minute;
export const defaultHelpSettings: HelpSettings = {
  enabled: true,
  cooldown: day,
  staleAfter: 10 * minute,
  showFor: 7 * day,
};

export interface OfferHelpOptions {
  readonly propose: ProposeIntervention;
  readonly deliver: DeliverIntervention;
  readonly permissionFor: HelpPermission;
  readonly history: HelpHistory;
  /** What the journey says of a struggle by now. */
  contextOf(streamName: string, struggleId: string, revision: bigint): Promise<StruggleContext>;
  settingsOf(tenantId: string): HelpSettings;
  /** Epoch milliseconds. */
  now(): number;
  /** Where several instances share the people between them. Default: all people. */
  readonly partition?: Partition;
}

export interface Partition {
  /** 0 to below `count`. */
  readonly index: number;
  readonly count: number;
}

/**
 * Offers help for each struggle found, and once more when it becomes high or critical; the cooldown keeps the second
 * offer back where the first was made. At least once: the intervention's stream is named by struggle and strategy, so
 * that a second attempt finds what the first one did, and only sends what was proposed and never handed over.
 */
export function offerHelp({
  propose,
  deliver,
  permissionFor,
  history,
  contextOf,
  settingsOf,
  now,
  partition,
}: OfferHelpOptions): Reactor {
  async function factsFor(cause: StruggleCause, recorded: Recorded<DomainEvent>) {
    const { tenantId, occurredAt } = recorded.metadata;
    const { enabled, staleAfter, cooldown } = settingsOf(tenantId);
    const struggleAge = now() - occurredAt;
    const unasked: HelpFacts = {
      ...{ enabled, staleAfter, cooldown, struggleAge, resolved: false, sinceLastHelp: null },
      permission: { allowed: true, consentEventId: null },
    };
    // An import finds struggles by the thousand: nothing more is read for those that are only history.
    if (reasonToDecline(unasked) !== undefined) return { facts: unasked, languages: [] };
    const known = { ...unasked, permission: await permissionFor(tenantId, cause.subject, 'in_app') };
    if (reasonToDecline(known) !== undefined) return { facts: known, languages: [] };
    const [lastHelpAt, context, languages] = await Promise.all([
      history.reserve({ tenantId, ...cause }, cause.interventionId, cooldown),
      contextOf(recorded.streamName, cause.struggleId, recorded.revision),
      history.languagesOf(tenantId, cause.subject),
    ]);
    const sinceLastHelp = lastHelpAt === null ? null : now() - lastHelpAt;
    const facts: HelpFacts = { ...known, resolved: context.resolved, sinceLastHelp };
    return { facts, languages: [...languages, ...context.locales] };
  }

  return {
    name: partition === undefined ? 'offer-help' : `offer-help.${partition.index}`,
    ...(partition && { isMine: (recorded: Recorded<DomainEvent>) => isIn(partition, recorded) }),
    begin: () => history.restart(),
    replayPolicy: 'never',
    eventTypes: ['StruggleDetected', 'StruggleEscalated'],
    async react(recorded) {
      const cause = causeIn(recorded);
      if (cause === undefined) return;
      const { tenantId } = recorded.metadata;
      const { facts, languages } = await factsFor(cause, recorded);
      const { showFor } = settingsOf(tenantId);
      const state = await propose({ tenantId, cause, facts, languages, showFor, causedBy: recorded });
      if (state.status === 'declined') history.release({ tenantId, ...cause }, cause.interventionId);
      if (state.status === 'proposed') await deliver({ tenantId, interventionId: cause.interventionId });
    },
  };
}

type StruggleCause = HelpCause & { readonly struggleId: string; readonly featureId: string };

/** By person, not by journey: earlier help to a person is remembered in one place, whatever identity they come under. */
function isIn({ index, count }: Partition, { event, streamName }: Recorded<DomainEvent>): boolean {
  const linkedTo = 'linkedTo' in event.data ? event.data.linkedTo : undefined;
  const subject = linkedTo ?? subjectOfJourney(streamName) ?? '';
  const hash = Number.parseInt(subject.slice(0, 8), 16);
  return (Number.isNaN(hash) ? 0 : hash % count) === index;
}

function causeIn({ event, streamName }: Recorded<DomainEvent>): StruggleCause | undefined {
  if (event.type !== 'StruggleDetected' && event.type !== 'StruggleEscalated') return undefined;
  const { struggleId, featureId, signalType, severity, linkedTo } = event.data;
  const escalated = event.type === 'StruggleEscalated';
  if (escalated && severity !== 'high' && severity !== 'critical') return undefined;
  const subject = linkedTo ?? subjectOfJourney(streamName);
  if (subject === undefined) return undefined;
  const strategy = escalated ? 'escalated-help' : 'first-help';
  const interventionId = interventionIdFor(struggleId, strategy);
  return {
    ...{ interventionId, decisionId: interventionId, subject, strategy, trigger: 'struggle' },
    ...{ struggleId, featureId, signalType, severity },
  };
}
