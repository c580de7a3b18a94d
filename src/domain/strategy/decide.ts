import { canonicalJson } from '../canonicalJson.js';
import { CodedError } from '../errors.js';
import { unreachable } from '../unreachable.js';
import type { DefineStrategy, RetireStrategy, StrategyCommand } from './commands.js';
import type { StrategyEvent } from './events.js';
import type { StrategiesState, Strategy } from './evolve.js';
import { mostStrategies, strategyFaults } from './faults.js';

/**
 * What stands already yields no events, whatever version it was read in.
 * @throws CodedError `invalid-parameter` with everything that is wrong with a definition, `conflict` where others changed
 * the strategy since it was read or there are too many, `not-found` for retiring what never was
 */
export function decide(command: StrategyCommand, state: StrategiesState): StrategyEvent[] {
  const present = state.get(command.data.strategyId);
  switch (command.type) {
    case 'DefineStrategy':
      return define(command, present, state);
    case 'RetireStrategy':
      return retire(command, present);
    default:
      return unreachable(command);
  }
}

function define(
  { data }: DefineStrategy,
  present: Strategy | undefined,
  state: StrategiesState,
): StrategyEvent[] {
  strategyFaults(data.strategyId, data.definition).throwFound();
  const standing = present?.definition ?? null;
  if (standing !== null && canonicalJson(standing) === canonicalJson(data.definition)) return [];
  const version = nextVersion(data.version, present);
  if (standing === null && inUse(state) >= mostStrategies) {
    throw new CodedError('conflict', `There are ${mostStrategies} strategies: retire one first.`);
  }
  return [{ type: 'StrategyDefined', data: { ...data, version } }];
}

function retire({ data }: RetireStrategy, present: Strategy | undefined): StrategyEvent[] {
  if (present === undefined) throw new CodedError('not-found', 'There is no strategy of this id.');
  if (present.definition === null) return [];
  return [{ type: 'StrategyRetired', data: { ...data, version: nextVersion(data.version, present) } }];
}

function nextVersion(read: number, present: Strategy | undefined): number {
  const version = present?.version ?? 0;
  if (read !== version) {
    throw new CodedError(
      'conflict',
      `The strategy is at version ${version} by now: read it and decide again.`,
    );
  }
  return version + 1;
}

function inUse(state: StrategiesState): number {
  return [...state.values()].filter(({ definition }) => definition !== null).length;
}
