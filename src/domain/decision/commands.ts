import type { ConsentChannel } from '../consent/events.js';
import type { Permission } from '../consent/policy.js';
import type { HelpPolicy } from '../helpPolicy/policy.js';
import type { Severity, SignalType } from '../journey/events.js';
import type { LifecycleStage, RiskLevel, UserSegment } from '../standing.js';
import type { StrategyDefinition } from '../strategy/definition.js';
import type { AbsenceAwaited, AbsenceEnded, DecisionArm, DecisionCause, HelpGoal } from './events.js';

export type DecisionCommand = DecideHelp | AwaitAbsence | EndAbsence | ReachOutcome;

/** What happened that strategies may wait for. */
export type Happening =
  | {
      readonly kind: 'struggle';
      readonly on: 'detected' | 'escalated';
      readonly signalType: SignalType;
      readonly featureId: string;
      readonly severity: Severity;
    }
  | { readonly kind: 'risk'; readonly level: RiskLevel }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'absence'; readonly strategyId: string }
  | { readonly kind: 'request'; readonly strategyId: string };

/** A strategy as it was when it was looked at. */
export interface CandidateStrategy {
  readonly id: string;
  readonly version: number;
  readonly definition: StrategyDefinition;
}

/** What a decision is made from. Times are epoch milliseconds. */
export interface DecisionGround {
  readonly subject: string;
  readonly cause: DecisionCause;
  /** Those that wait for what happened. */
  readonly strategies: readonly CandidateStrategy[];
  readonly policy: HelpPolicy;
  readonly now: number;
  /** When the cause occurred; may be after `now` where clocks differ. */
  readonly causedAt: number;
  /** Null where it was not asked for, since help is out of the question whoever it is. */
  readonly person: PersonFacts | null;
}

/** What is known of the person at that moment. */
export interface PersonFacts {
  /** Whether they have succeeded since; of a struggle alone. */
  readonly resolved: boolean;
  /** Null where no profile is known yet. */
  readonly standing: {
    readonly segment: UserSegment;
    readonly riskLevel: RiskLevel;
    readonly stage: LifecycleStage;
  } | null;
  /** Of the channels that a candidate allows. */
  readonly permissions: ReadonlyMap<ConsentChannel, Permission>;
  /** Why a channel cannot reach the person; those that can are not named. */
  readonly unreachable: ReadonlyMap<ConsentChannel, 'no-provider' | 'no-address' | 'suppressed'>;
  /** In the person's order. */
  readonly preferredChannels: readonly ConsentChannel[];
  /** Of both arms, since the longest window and cooldown began. */
  readonly history: readonly PastHelp[];
  /** What to add to UTC for the person's own clock, from each of these times on, oldest first; covers the next two days. */
  readonly utcOffsets: readonly { readonly from: number; readonly offset: number }[];
  /** Whether the profile had not seen the cause when it could be waited for no longer: it may lack what the person had said. */
  readonly profileBehind: boolean;
}

/** Help that was decided on. */
export interface PastHelp {
  readonly decisionId: string;
  readonly strategyId: string;
  readonly featureId: string | null;
  readonly arm: DecisionArm;
  /** The one it was delivered over; those it can still be delivered over, until then. */
  readonly channels: readonly ConsentChannel[];
  /** When it was or will be sent. */
  readonly at: number;
  /** `failed` and `withheld` help counts for nothing: the person never saw it. */
  readonly status: 'pending' | 'delivered' | 'answered' | 'dismissed' | 'failed' | 'withheld';
}

export interface DecideHelp {
  readonly type: 'DecideHelp';
  readonly data: {
    readonly decisionId: string;
    readonly policyVersion: number;
    readonly ground: DecisionGround;
  };
}

export interface AwaitAbsence {
  readonly type: 'AwaitAbsence';
  readonly data: AbsenceAwaited['data'];
}

export interface EndAbsence {
  readonly type: 'EndAbsence';
  readonly data: { readonly reason: AbsenceEnded['data']['reason'] };
}

export interface ReachOutcome {
  readonly type: 'ReachOutcome';
  readonly data: {
    readonly goal: HelpGoal;
    readonly eventId: string;
    /** Milliseconds from the decision. */
    readonly after: number;
  };
}
