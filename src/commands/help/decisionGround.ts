import type { ConsentChannel } from '../../domain/consent/events.js';
import type { Permission } from '../../domain/consent/policy.js';
import type {
  CandidateStrategy,
  DecisionGround,
  Happening,
  PastHelp,
  PersonFacts,
} from '../../domain/decision/commands.js';
import type { DecisionCause } from '../../domain/decision/events.js';
import { reasonsForNobody } from '../../domain/decision/weigh.js';
import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import type { Position, Recorded } from '../../domain/metadata.js';
import type { HelpChannel } from '../../domain/strategy/definition.js';
import { utcOffsets } from './utcOffsets.js';

/** Something that may call for help, about one person. */
export interface HelpOccasion {
  readonly tenantId: string;
  /** Pseudonym. */
  readonly subject: string;
  readonly cause: DecisionCause;
  readonly happening: Happening;
  /** Epoch milliseconds. */
  readonly causedAt: number;
  /** Where the log stood when it came: before that the person may have said something of note; absent where nothing is recorded. */
  readonly place?: LogPlace | undefined;
  /** Of a struggle: what its journey says by now. */
  readonly context?: () => Promise<OccasionContext>;
}

/** What a read model has to have seen. */
export interface LogPlace {
  readonly position: Position;
  /** When it came, epoch milliseconds: the longer ago, the shorter it is waited for. */
  readonly since: number;
}

export function placeOf({ position, metadata }: Pick<Recorded<unknown>, 'position' | 'metadata'>): LogPlace {
  return { position, since: metadata.recordedAt };
}

export interface OccasionContext {
  readonly resolved: boolean;
  /** IANA name, as the person's device last said it. */
  readonly timeZone: string | null;
}

/** What the read models say of a person. */
export interface KnownPerson extends Pick<PersonFacts, 'standing' | 'preferredChannels' | 'history'> {
  /** Channels that need no address, and those that the person gave one for. */
  readonly addressed: ReadonlySet<HelpChannel>;
  readonly timeZone: string | null;
}

/** The read model of profiles, which lags. */
export interface LaggingProfiles {
  hasSeen(position: Position): boolean;
  /** False where it did not see the place for as long as it may be waited for. */
  waitFor(place: LogPlace): Promise<boolean>;
}

export interface GroundPorts {
  /** Whether the person's consent covers personalised help over a channel now. */
  permissionFor(tenantId: string, subject: string, channel: ConsentChannel): Promise<Permission>;
  /** @param since epoch milliseconds: what was decided before is of no interest */
  personOf(tenantId: string, subject: string, since: number): Promise<KnownPerson>;
  readonly profiles: LaggingProfiles;
  /** Channels that the person is not to be reached over, after a bounce or a complaint. */
  suppressedFor(tenantId: string, subject: string): Promise<ReadonlySet<HelpChannel>>;
  /** Channels that this installation has a provider for. */
  readonly served: ReadonlySet<HelpChannel>;
}

/**
 * Gathers what a decision is made from. Of what is only history nothing is read about the person: an import finds struggles
 * by the thousand.
 */
export async function gatherGround(
  ports: GroundPorts,
  occasion: HelpOccasion,
  strategies: readonly CandidateStrategy[],
  policy: HelpPolicy,
  now: number,
): Promise<DecisionGround> {
  const { subject, cause, causedAt } = occasion;
  const ground = { subject, cause, strategies, policy, now, causedAt, person: null };
  if (reasonsForNobody(ground).length > 0) return ground;
  return { ...ground, person: await gatherPerson(ports, occasion, strategies, policy, now) };
}

/** Waits for a profile that is behind only where what it may lack could change the decision. */
export async function gatherPerson(
  ports: GroundPorts,
  occasion: HelpOccasion,
  strategies: readonly CandidateStrategy[],
  policy: HelpPolicy,
  now: number,
): Promise<PersonFacts> {
  const { place } = occasion;
  const isBehind = place !== undefined && !ports.profiles.hasSeen(place.position);
  const person = await readPerson(ports, occasion, strategies, policy, now);
  if (!isBehind || !lacksSomething(person, strategies)) return person;
  const seen = await ports.profiles.waitFor(place);
  return { ...(await readPerson(ports, occasion, strategies, policy, now)), profileBehind: !seen };
}

/** A condition that is asked and cannot be answered, or a channel that only the address stands in the way of. */
function lacksSomething(
  { standing, permissions, unreachable }: PersonFacts,
  strategies: readonly CandidateStrategy[],
): boolean {
  const hasConditions = ({ definition: { conditions } }: CandidateStrategy) =>
    Object.values(conditions).some((condition) => condition !== undefined);
  if (standing === null && strategies.some(hasConditions)) return true;
  return [...unreachable].some(
    ([channel, obstacle]) => obstacle !== 'no-provider' && permissions.get(channel)?.allowed !== false,
  );
}

async function readPerson(
  ports: GroundPorts,
  { tenantId, subject, context }: HelpOccasion,
  strategies: readonly CandidateStrategy[],
  policy: HelpPolicy,
  now: number,
): Promise<PersonFacts> {
  const channels = [...new Set(strategies.flatMap(({ definition }) => definition.channels))];
  const [permissions, known, suppressed, situation] = await Promise.all([
    Promise.all(
      channels.map(
        async (channel) => [channel, await ports.permissionFor(tenantId, subject, channel)] as const,
      ),
    ),
    ports.personOf(tenantId, subject, now - longestMemory(strategies, policy)),
    ports.suppressedFor(tenantId, subject),
    context?.(),
  ]);
  const unreachable = new Map<HelpChannel, 'no-provider' | 'no-address' | 'suppressed'>();
  for (const channel of channels) {
    if (!ports.served.has(channel)) unreachable.set(channel, 'no-provider');
    else if (!known.addressed.has(channel)) unreachable.set(channel, 'no-address');
    else if (suppressed.has(channel)) unreachable.set(channel, 'suppressed');
  }
  const timeZone = known.timeZone ?? situation?.timeZone ?? policy.quietHours?.timeZone ?? 'UTC';
  return {
    resolved: situation?.resolved ?? false,
    standing: known.standing,
    permissions: new Map(permissions),
    unreachable,
    preferredChannels: known.preferredChannels,
    history: known.history,
    utcOffsets: utcOffsets(timeZone, now),
    profileBehind: false,
  };
}

const month = 30 * 86_400_000;

/** How far back earlier help counts: for a limit, a cooldown, or the share of answers. */
function longestMemory(strategies: readonly CandidateStrategy[], { fatigue }: HelpPolicy): number {
  return Math.max(
    month,
    ...fatigue.map(({ window }) => window),
    ...strategies.map(({ definition }) => definition.cooldown),
  );
}

/** What is remembered over what the read model has seen so far. */
export function mergedHistory(
  seen: readonly PastHelp[],
  remembered: readonly PastHelp[],
): readonly PastHelp[] {
  const ids = new Set(seen.map(({ decisionId }) => decisionId));
  return [...remembered.filter(({ decisionId }) => !ids.has(decisionId)), ...seen];
}
