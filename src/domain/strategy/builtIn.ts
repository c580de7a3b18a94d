import type { StrategyDefinition } from './definition.js';

const hour = 3_600_000;
const day = 24 * hour;

const help: Omit<StrategyDefinition, 'name' | 'trigger' | 'priority'> = {
  enabled: true,
  conditions: {},
  goal: { kind: 'struggle-resolved' },
  goalWindow: day,
  channels: ['in_app'],
  cooldown: day,
  holdout: 0,
  expiresAfter: 7 * day,
  content: {
    brief: 'Help with what the person is stuck at, in a few friendly words, and offer one next step.',
    template: null,
    tone: null,
    useModel: true,
  },
  variants: [],
};

/** What every tenant has until it changes or retires them: help needs no configuration. */
export const builtInStrategies: ReadonlyMap<string, StrategyDefinition> = new Map([
  [
    'first-help',
    { ...help, name: 'First help', trigger: { kind: 'struggle', on: 'detected' }, priority: 50 },
  ],
  [
    'escalated-help',
    {
      ...help,
      name: 'Help when it gets worse',
      trigger: { kind: 'struggle', on: 'escalated', minSeverity: 'high' },
      priority: 60,
    },
  ],
]);
