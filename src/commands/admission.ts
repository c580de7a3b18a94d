import type { ConsentCommand } from '../domain/consent/commands.js';
import type { ConsentState } from '../domain/consent/evolve.js';
import { mayProcess, type RefusalReason } from '../domain/consent/policy.js';
import { type ConsentSignals, commandsFromSignals, signalsIn } from '../domain/consent/signals.js';
import type { JsonObject } from '../domain/json.js';
import { laterPosition, type Position } from '../domain/metadata.js';
import type { Consents } from './consents.js';
import type { IncomingMessage, IngestRequest } from './incomingMessage.js';
import type { JourneyCause } from './journeys.js';

/** The messages of a request by the journey they belong to. */
export type MessageGroups = ReadonlyMap<string, readonly IncomingMessage[]>;
/** The two identities that a message says are one person. */
export type DeclaredLinks = readonly { readonly subject: string; readonly earlier: string }[];

export interface Admitted {
  /** Groups without the messages that consent refuses. */
  readonly groups: MessageGroups;
  /** Messages not to be stored, by reason. */
  readonly suppressed: ReadonlyMap<RefusalReason, number>;
  /**
   * Messages whose links are not recorded either: of persons who have decided nothing, nothing is kept. Where a decision
   * refuses, the link makes it hold for the person's other identity.
   */
  readonly unlinked: ReadonlySet<IncomingMessage>;
}

/**
 * Whether `prepareAdmission` has anything to record: what messages say of consent must hold for the very messages that
 * say it. Nearly always false, and found without a look at what stands.
 */
export function speaksOfConsent(
  { messages, globalPrivacyControl = false }: IngestRequest,
  links: DeclaredLinks,
): boolean {
  return links.length > 0 || globalPrivacyControl || messages.some(({ context }) => mayCarrySignals(context));
}

function mayCarrySignals(context: JsonObject | undefined): boolean {
  return context !== undefined && (context.gpc === true || context.consent !== undefined);
}

/** Reads what the decision needs, and records what the messages say of consent. */
export async function prepareAdmission(
  consents: Consents,
  { tenantId, globalPrivacyControl = false }: IngestRequest,
  groups: MessageGroups,
  links: DeclaredLinks,
  cause: JourneyCause,
): Promise<Position | undefined> {
  let position: Position | undefined;
  for (const { subject, earlier } of links) {
    if (subject === earlier) continue;
    position = laterPosition(position, await joinDecided(consents, tenantId, subject, earlier, cause));
  }
  await Promise.all([...groups.keys()].map((subject) => consents.of(tenantId, subject)));
  for (const [subject, group] of groups) {
    if (!globalPrivacyControl && !group.some(({ context }) => mayCarrySignals(context))) continue;
    const commandsFor = (state: ConsentState) =>
      signalled(state, group, globalPrivacyControl, cause.recordedAt);
    position = laterPosition(position, await consents.heed(tenantId, subject, commandsFor, cause));
  }
  return position;
}

async function joinDecided(
  consents: Consents,
  tenantId: string,
  subject: string,
  earlier: string,
  cause: JourneyCause,
): Promise<Position | undefined> {
  const states = [await consents.of(tenantId, subject), await consents.of(tenantId, earlier)];
  return states.some(({ standing }) => standing.size > 0)
    ? consents.join(tenantId, subject, earlier, cause)
    : undefined;
}

/** The last word of a group of messages on each purpose, and at most one on the sale: bounded whatever their number. */
export function signalled(
  state: ConsentState,
  group: readonly IncomingMessage[],
  globalPrivacyControl: boolean,
  receivedAt: number,
): ConsentCommand[] {
  const latest = new Map<string, { readonly at: number; readonly signals: ConsentSignals }>();
  for (const { context, occurredAt } of group) {
    const signals = signalsIn(context, globalPrivacyControl);
    if (signals === undefined) continue;
    // A clock that is ahead must not make a choice that no later one can take back.
    const at = Math.min(occurredAt, receivedAt);
    if (signals.gpc) latest.set('sale', { at, signals: { gpc: true, preferences: [] } });
    for (const preference of signals.preferences) {
      const present = latest.get(preference.purpose);
      if (present !== undefined && present.at > at) continue;
      latest.set(preference.purpose, {
        at,
        signals: { gpc: false, preferences: [preference] },
      });
    }
  }
  return [...latest.values()].flatMap(({ at, signals }) => commandsFromSignals(signals, state, at));
}

const noneSuppressed: Admitted['suppressed'] = new Map();
const noneUnlinked: Admitted['unlinked'] = new Set();

/**
 * Decides without a wait, so that nothing can be withdrawn between this and the messages' hand-over to their journeys.
 * Undefined where a state is not in memory: prepare first, also again.
 */
export function admit(
  consents: Pick<Consents, 'policyOf' | 'known'>,
  tenantId: string,
  groups: MessageGroups,
): Admitted | undefined {
  const policy = consents.policyOf(tenantId);
  // Nearly always nothing is refused, and then nothing is made.
  let suppressed: Map<RefusalReason, number> | undefined;
  let unlinked: Set<IncomingMessage> | undefined;
  let admitted: Map<string, readonly IncomingMessage[]> | undefined;
  for (const [subject, group] of groups) {
    const state = consents.known(tenantId, subject);
    if (state === undefined) return undefined;
    const permission = mayProcess(state, policy, 'analytics');
    if (permission.allowed) continue;
    const { reason, consentEventId } = permission;
    const kept: IncomingMessage[] = [];
    for (const message of group) {
      const isNecessary = reason === 'necessary-only' && policy.necessaryEvents.has(message.name ?? '');
      if (isNecessary) kept.push(message);
      else if (consentEventId === null) {
        unlinked ??= new Set();
        unlinked.add(message);
      }
    }
    suppressed ??= new Map();
    suppressed.set(reason, (suppressed.get(reason) ?? 0) + group.length - kept.length);
    admitted ??= new Map(groups);
    if (kept.length > 0) admitted.set(subject, kept);
    else admitted.delete(subject);
  }
  return {
    groups: admitted ?? groups,
    suppressed: suppressed ?? noneSuppressed,
    unlinked: unlinked ?? noneUnlinked,
  };
}
