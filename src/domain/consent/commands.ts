import type { ConsentScope, Decision } from './events.js';

export type ConsentCommand =
  | GrantConsent
  | WithdrawConsent
  | OptOutOfSale
  | AllowSale
  | RestrictProcessing
  | LiftRestriction;

export interface GrantConsent {
  readonly type: 'GrantConsent';
  readonly data: Decision & ConsentScope;
}

export interface WithdrawConsent {
  readonly type: 'WithdrawConsent';
  readonly data: Decision & ConsentScope;
}

export interface OptOutOfSale {
  readonly type: 'OptOutOfSale';
  readonly data: Decision;
}

/** Takes an opt-out of sale back. */
export interface AllowSale {
  readonly type: 'AllowSale';
  readonly data: Decision;
}

export interface RestrictProcessing {
  readonly type: 'RestrictProcessing';
  readonly data: Decision;
}

export interface LiftRestriction {
  readonly type: 'LiftRestriction';
  readonly data: Decision;
}
