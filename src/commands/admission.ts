import type { ConsentCommand } from '../domain/consent/commands.js';
import type { ConsentState } from '../domain/consent/evolve.js';
import { mayProcess, type RefusalReason } from '../domain/consent/policy.js';
import { type ConsentSignals, commandsFromSignals, signalsIn } from '../domain/consent/signals.js';
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
 * Reads what the decision needs, and records what the messages themselves say of consent, so that it holds for the very
 * messages that say it. Undefined where nothing has to be waited for.
 */
export function prepareAdmission(
  consents: Consents,
  { tenantId, messages, globalPrivacyControl = false }: IngestRequest,
  groups: MessageGroups,
  links: DeclaredLinks,
  cause: JourneyCause,
): Promise<Position | undefined> | undefined {
  const unread = new Set<string>();
  const need = (subject: string) => {
    if (consents.known(tenantId, subject) === undefined) unread.add(subject);
  };
  for (const subject of groups.keys()) need(subject);
  for (const { earlier } of links) need(earlier);
  const signalling =
    globalPrivacyControl ||
    messages.some(({ context }) => context !== undefined && (context.gpc === true || 'consent' in context));
  const mayJoin = links.some(
    (link) => hasDecided(consents, tenantId, link.subject) || hasDecided(consents, tenantId, link.earlier),
  );
  if (unread.size === 0 && !signalling && !mayJoin) return undefined;
  return prepare();

  async function prepare(): Promise<Position | undefined> {
    await Promise.all([...unread].map((subject) => consents.of(tenantId, subject)));
    let position: Position | undefined;
    for (const { subject, earlier } of links) {
      if (subject === earlier) continue;
      position = laterPosition(position, await joinDecided(consents, tenantId, subject, earlier, cause));
    }
    if (!signalling) return position;
    for (const [subject, group] of groups) {
      const state = await consents.of(tenantId, subject);
      const commands = signalled(state, group, globalPrivacyControl, cause.recordedAt);
      if (commands.length === 0) continue;
      position = laterPosition(position, await consents.execute(tenantId, subject, commands, cause));
    }
    return position;
  }
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

function hasDecided(consents: Consents, tenantId: string, subject: string): boolean {
  const state = consents.known(tenantId, subject);
  return state !== undefined && state.standing.size > 0;
}

/** The last word of a group of messages on each purpose, and at most one on the sale: bounded whatever their number. */
function signalled(
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

/**
 * Decides without a wait, so that nothing can be withdrawn between this and the messages' hand-over to their journeys.
 * Undefined where a state has left the memory since it was read: prepare again.
 */
export function admit(consents: Consents, tenantId: string, groups: MessageGroups): Admitted | undefined {
  const policy = consents.policyOf(tenantId);
  const suppressed = new Map<RefusalReason, number>();
  const unlinked = new Set<IncomingMessage>();
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
      else if (consentEventId === null) unlinked.add(message);
    }
    suppressed.set(reason, (suppressed.get(reason) ?? 0) + group.length - kept.length);
    admitted ??= new Map(groups);
    if (kept.length > 0) admitted.set(subject, kept);
    else admitted.delete(subject);
  }
  return { groups: admitted ?? groups, suppressed, unlinked };
}
