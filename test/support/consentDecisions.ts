import type { ConsentCommand } from '../../src/domain/consent/commands.js';
import { decide } from '../../src/domain/consent/decide.js';
import type { ConsentEvent, ConsentScope, Decision } from '../../src/domain/consent/events.js';
import { type ConsentState, evolve, initialState } from '../../src/domain/consent/evolve.js';

/** A decision made at `at`, epoch milliseconds. */
export function decisionAt(at: number, more: Partial<Decision> = {}): Decision {
  return {
    decidedAt: at,
    countsFrom: at,
    source: 'web-form',
    policyVersion: '2026-01',
    textHash: 'a'.repeat(64),
    proof: null,
    ...more,
  };
}

export function grant(at: number, scope: ConsentScope, more: Partial<Decision> = {}): ConsentCommand {
  return { type: 'GrantConsent', data: { ...decisionAt(at, more), ...scope } };
}

export function withdraw(at: number, scope: ConsentScope, more: Partial<Decision> = {}): ConsentCommand {
  return { type: 'WithdrawConsent', data: { ...decisionAt(at, more), ...scope } };
}

export interface Decided {
  readonly state: ConsentState;
  readonly events: readonly ConsentEvent[];
}

/** What stands after commands; the id of each event is `e<decidedAt>`. */
export function consentAfter(commands: readonly ConsentCommand[]): Decided {
  let state = initialState;
  const events: ConsentEvent[] = [];
  for (const command of commands) {
    for (const event of decide(command, state)) {
      state = evolve(state, event, `e${event.data.decidedAt}`);
      events.push(event);
    }
  }
  return { state, events };
}
