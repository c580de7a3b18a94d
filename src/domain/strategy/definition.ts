import type { ConsentChannel } from '../consent/events.js';
import type { HelpGoal } from '../decision/events.js';
import type { Severity, SignalType } from '../journey/events.js';
import type { LifecycleStage, RiskLevel, UserSegment } from '../standing.js';

/** A person's consent is asked for by the same names. */
export type HelpChannel = ConsentChannel;

/** What may be done for people, when, and what it is to lead to. Durations in milliseconds. */
export interface StrategyDefinition {
  /** For people. */
  readonly name: string;
  readonly enabled: boolean;
  readonly trigger: StrategyTrigger;
  readonly conditions: StrategyConditions;
  /** `return`: the person begins a session. */
  readonly goal: HelpGoal;
  /** Within which, from the decision on, the goal counts as reached. */
  readonly goalWindow: number;
  /** Those allowed, in the tenant's order of preference. */
  readonly channels: readonly HelpChannel[];
  /** 0–100, higher first. */
  readonly priority: number;
  /** Per person and feature, whichever strategy helped; where no feature is concerned, per person and strategy. */
  readonly cooldown: number;
  /** Share, 0–0.5, of the people who get nothing, to measure against. */
  readonly holdout: number;
  /** How long a message is worth showing. */
  readonly expiresAfter: number;
  readonly content: StrategyContent;
  readonly variants: readonly StrategyVariant[];
}

export type StrategyTrigger =
  | {
      readonly kind: 'struggle';
      /** Absent: any, likewise the features. */
      readonly signalTypes?: readonly SignalType[] | undefined;
      readonly features?: readonly string[] | undefined;
      readonly minSeverity?: Severity | undefined;
      readonly on: 'detected' | 'escalated';
    }
  | {
      readonly kind: 'risk';
      /** Reached, or a higher one. */
      readonly level: 'MEDIUM' | 'HIGH';
    }
  | { readonly kind: 'event'; readonly name: string }
  | {
      /** `of` did not happen within this time after `after` did. */
      readonly kind: 'absence';
      readonly after: string;
      readonly of: string;
      readonly within: number;
    }
  | { readonly kind: 'request' };

/** All that are named must hold. */
export interface StrategyConditions {
  readonly segments?: readonly UserSegment[] | undefined;
  readonly riskLevels?: readonly RiskLevel[] | undefined;
  readonly stages?: readonly LifecycleStage[] | undefined;
}

export interface StrategyContent {
  /** What this help is for, as a model is told. */
  readonly brief: string;
  /** Id of a built-in template; null: the one for the signal and severity. */
  readonly template: string | null;
  /** Templates of the strategy's own, by language tag; Liquid. */
  readonly templates?:
    | Readonly<Record<string, { readonly title: string; readonly body: string }>>
    | undefined;
  readonly tone: 'gentle' | 'direct' | null;
  readonly useModel: boolean;
}

/** Replaces a part of the content for a share of the people. */
export interface StrategyVariant {
  readonly id: string;
  /** Against those of the other variants. */
  readonly weight: number;
  readonly content: Partial<StrategyContent>;
}
