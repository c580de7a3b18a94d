import type {
  CandidateStrategy,
  DecisionGround,
  PastHelp,
  PersonFacts,
} from '../../src/domain/decision/commands.js';
import { defaultHelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import type { StrategyDefinition } from '../../src/domain/strategy/definition.js';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** A Monday, noon in UTC. */
export const noon = Date.parse('2026-03-02T12:00:00Z');

export const struggleHelp: StrategyDefinition = {
  name: 'Help',
  enabled: true,
  trigger: { kind: 'struggle', on: 'detected' },
  conditions: {},
  goal: { kind: 'struggle-resolved' },
  goalWindow: day,
  channels: ['in_app'],
  priority: 50,
  cooldown: day,
  holdout: 0,
  expiresAfter: 7 * day,
  content: { brief: 'Help.', template: null, tone: null, useModel: false },
  variants: [],
};

export function strategy(id: string, changed: Partial<StrategyDefinition> = {}): CandidateStrategy {
  return { id, version: 1, definition: { ...struggleHelp, ...changed } };
}

export const somebody: PersonFacts = {
  resolved: false,
  standing: { segment: 'active_user', riskLevel: 'LOW', stage: 'exploring' },
  permissions: new Map(),
  unreachable: new Map(),
  preferredChannels: [],
  history: [],
  utcOffsets: [{ from: noon - day, offset: 0 }],
  profileBehind: false,
};

export function ground(changed: Partial<DecisionGround> = {}): DecisionGround {
  return {
    subject: '5f2b8c1d9e3a47f6b0c4d8e2a6f1935b',
    cause: {
      trigger: 'struggle',
      struggleId: 'ada.s1',
      featureId: 'upload',
      signalType: 'error_pattern',
      severity: 'medium',
    },
    strategies: [strategy('first-help')],
    policy: { ...defaultHelpPolicy, fatigue: [], quietHours: null },
    now: noon,
    causedAt: noon,
    person: somebody,
    ...changed,
  };
}

export function earlier(ago: number, changed: Partial<PastHelp> = {}): PastHelp {
  return {
    decisionId: `d${ago}`,
    strategyId: 'first-help',
    featureId: 'upload',
    arm: 'treated',
    channels: ['in_app'],
    at: noon - ago,
    status: 'delivered',
    ...changed,
  };
}
