import type { DomainEvent } from '../domain/domainEvent.js';
import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { atATime } from './atATime.js';
import { callMetadata } from './callMetadata.js';

/** What tenants configure, all in one stream, and what it means. */
export interface ConfigurationKind<State, Command extends TimedCommand, Event extends DomainEvent, InForce> {
  readonly streamName: string;
  readonly initialState: State;
  isEvent(event: DomainEvent): event is Event;
  decide(command: Command, state: State): Event[];
  evolve(state: State, event: Event): State;
  /** A tenant's state made ready for whoever asks often. */
  inForce(state: State): InForce;
}

interface TimedCommand {
  /** Epoch milliseconds. */
  readonly data: { readonly at: number };
}

/** The configuration of all tenants, held in memory. */
export interface TenantConfiguration<Command, InForce> {
  /** Without a wait. */
  of(tenantId: string): InForce;
  /** Tenants that have decided anything; the others have what stands from the start. */
  tenants(): string[];
  /**
   * Resolves when the change is durable and in force: everything decided from then on is under it.
   * @throws CodedError of the decider; what the event store throws
   */
  execute(
    tenantId: string,
    command: Command,
    correlationId: string,
  ): Promise<{ readonly inForce: InForce; readonly position: Position | undefined }>;
  /** Reads what other instances changed. @throws EventStoreUnavailable */
  refresh(): Promise<void>;
}

const eventsAtATime = 100;
/** Changes by other processes that may come between: each is a conflict on the one stream. */
const maxAttempts = 8;

/** Reads all of it. @throws EventStoreUnavailable */
export async function openTenantConfiguration<
  State,
  Command extends TimedCommand,
  Event extends DomainEvent,
  InForce,
>(
  eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>,
  kind: ConfigurationKind<State, Command, Event, InForce>,
  newId: () => string,
): Promise<TenantConfiguration<Command, InForce>> {
  const states = new Map<string, State>();
  const byTenant = new Map<string, InForce>();
  const undecided = kind.inForce(kind.initialState);
  let revision = -1n;

  async function readOn(): Promise<Position | undefined> {
    let position: Position | undefined;
    const changed = new Set<string>();
    for (;;) {
      const { events, lastRevision } = await eventStore.readStream(kind.streamName, {
        from: revision + 1n,
        maxCount: eventsAtATime,
      });
      for (const stored of events) {
        ({ revision, position } = stored);
        const recorded = decode(stored);
        if (recorded === undefined || !kind.isEvent(recorded.event)) continue;
        const { tenantId } = recorded.metadata;
        states.set(tenantId, kind.evolve(stateOf(tenantId), recorded.event));
        changed.add(tenantId);
      }
      if (lastRevision === undefined || events.length === 0 || revision >= lastRevision) break;
    }
    for (const tenantId of changed) byTenant.set(tenantId, kind.inForce(stateOf(tenantId)));
    return position;
  }

  function stateOf(tenantId: string): State {
    return states.get(tenantId) ?? kind.initialState;
  }

  function of(tenantId: string): InForce {
    return byTenant.get(tenantId) ?? undecided;
  }

  async function execute(
    tenantId: string,
    command: Command,
    correlationId: string,
  ): ReturnType<TenantConfiguration<Command, InForce>['execute']> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const read = await readOn();
      const events = kind.decide(command, stateOf(tenantId));
      if (events.length === 0) return { inForce: of(tenantId), position: read };
      const metadata = callMetadata(tenantId, correlationId, command.data.at);
      try {
        const { position } = await eventStore.appendToStream(
          kind.streamName,
          events.map((event) => encode({ id: newId(), event, metadata })),
          revision < 0n ? 'noStream' : revision,
        );
        await readOn();
        return { inForce: of(tenantId), position };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new CodedError('conflict', 'This is being changed by others; try again.');
  }

  await readOn();
  // One at a time, whether it writes or reads on: the revision is the one of all that was folded.
  const alone = atATime(1);
  return {
    of,
    tenants: () => [...byTenant.keys()],
    execute: (...asked) => alone(() => execute(...asked)),
    refresh: () => alone(async () => void (await readOn())),
  };
}
