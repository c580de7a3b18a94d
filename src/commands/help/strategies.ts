import type { HelpTrigger } from '../../domain/decision/events.js';
import { CodedError } from '../../domain/errors.js';
import type { StrategyCommand } from '../../domain/strategy/commands.js';
import { decide } from '../../domain/strategy/decide.js';
import type { StrategyDefinition, StrategyTrigger } from '../../domain/strategy/definition.js';
import { isStrategyEvent } from '../../domain/strategy/events.js';
import { evolve, initialState, type StrategiesState, type Strategy } from '../../domain/strategy/evolve.js';
import { strategiesStreamName } from '../../domain/strategy/streamName.js';
import type { EventStore } from '../../eventStore/eventStore.js';
import { openTenantConfiguration, type TenantConfiguration } from '../tenantConfiguration.js';

/** A strategy that can be chosen, under the version it has now. */
export interface EnabledStrategy {
  readonly id: string;
  readonly version: number;
  readonly definition: StrategyDefinition;
}

/** A tenant's strategies made ready for the hot path. */
export interface StrategiesInForce {
  /** Every one that was not retired, by id. */
  readonly known: ReadonlyMap<string, Strategy & { readonly definition: StrategyDefinition }>;
  /** Those enabled, by what they wait for. */
  readonly enabled: Readonly<Record<HelpTrigger, readonly EnabledStrategy[]>>;
  /** Names of events that an enabled strategy waits for. */
  readonly awaitedEvents: ReadonlySet<string>;
  /** Names of events that are the goal of a strategy, enabled or not: what it decided before still counts. */
  readonly goalEvents: ReadonlySet<string>;
  /** Whether it is the goal of a strategy that people come back. */
  readonly awaitsReturn: boolean;
  /** Of a retired strategy too, so that it can be defined again: 0 of one that never was. */
  versionOf(strategyId: string): number;
}

export type Strategies = TenantConfiguration<StrategyCommand, StrategiesInForce>;

/** Reads the strategies of all tenants. @throws EventStoreUnavailable */
export function openStrategies(
  eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>,
  newId: () => string,
): Promise<Strategies> {
  return openTenantConfiguration(
    eventStore,
    {
      streamName: strategiesStreamName,
      initialState,
      isEvent: isStrategyEvent,
      decide,
      evolve,
      inForce,
    },
    newId,
  );
}

/** @throws CodedError `not-found` for one that never was, or was retired */
export function knownStrategy({ known }: StrategiesInForce, strategyId: string) {
  const strategy = known.get(strategyId);
  if (strategy === undefined) throw new CodedError('not-found', 'There is no strategy of this id.');
  return strategy;
}

function inForce(state: StrategiesState): StrategiesInForce {
  const known = new Map<string, Strategy & { readonly definition: StrategyDefinition }>();
  const enabled: Record<HelpTrigger, EnabledStrategy[]> = {
    struggle: [],
    risk: [],
    event: [],
    absence: [],
    request: [],
  };
  const goals = new Set<string>();
  const awaited = new Set<string>();
  let awaitsReturn = false;
  for (const strategy of state.values()) {
    const { id, version, definition } = strategy;
    if (definition === null) continue;
    known.set(id, { ...strategy, definition });
    const { trigger, goal } = definition;
    if (goal.kind === 'event') goals.add(goal.name);
    if (goal.kind === 'return') awaitsReturn = true;
    if (!definition.enabled) continue;
    enabled[trigger.kind].push({ id, version, definition });
    for (const name of eventsAwaited(trigger)) awaited.add(name);
  }
  return {
    known,
    enabled,
    awaitedEvents: awaited,
    goalEvents: goals,
    awaitsReturn,
    versionOf: (strategyId) => state.get(strategyId)?.version ?? 0,
  };
}

function eventsAwaited(trigger: StrategyTrigger): readonly string[] {
  if (trigger.kind === 'event') return [trigger.name];
  return trigger.kind === 'absence' ? [trigger.after] : [];
}
