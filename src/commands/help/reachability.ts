import type { Actor } from '../../domain/access/events.js';
import type { ConsentChannel } from '../../domain/consent/events.js';
import type { ReachabilityCommand } from '../../domain/reachability/commands.js';
import { decide, isSuppressed } from '../../domain/reachability/decide.js';
import {
  type ChannelSuppressed,
  isReachabilityEvent,
  type ReachabilityEvent,
  type SuppressedAddress,
} from '../../domain/reachability/events.js';
import { evolve, initialState, type ReachabilityState } from '../../domain/reachability/evolve.js';
import { reachabilityStreamName } from '../../domain/reachability/streamName.js';
import { formatPosition } from '../../eventStore/eventStore.js';
import {
  type CausedStreamKind,
  type CausedStreamPorts,
  type CausingEvent,
  executeCaused,
  loadCaused,
} from '../causedStream.js';

const reachability: CausedStreamKind<ReachabilityState, ReachabilityCommand, ReachabilityEvent> = {
  initialState,
  isEvent: isReachabilityEvent,
  decide,
  evolve,
  // Each needs a message that bounced, or an officer.
  longest: 1000,
};

/** Addresses that nothing is sent to any more. */
export interface Reachability {
  /** Of these addresses those that are suppressed, whichever of a person's journeys showed it. */
  suppressedAmong(
    tenantId: string,
    subjects: readonly string[],
    addresses: readonly SuppressedAddress[],
  ): Promise<readonly SuppressedAddress[]>;
  suppress(tenantId: string, suppression: ChannelSuppressed['data'], causedBy: CausingEvent): Promise<void>;
  /** @returns the position of the last event; undefined where nothing was suppressed */
  release(
    tenantId: string,
    about: { readonly subject: string; readonly channel: ConsentChannel; readonly actor: Actor },
  ): Promise<string | undefined>;
}

export function createReachability(streams: CausedStreamPorts): Reachability {
  const execute = (tenantId: string, command: ReachabilityCommand, causedBy?: CausingEvent) => {
    const streamName = reachabilityStreamName(tenantId, command.data.subject);
    return executeCaused(streams, reachability, { tenantId, streamName }, command, causedBy);
  };
  return {
    async suppressedAmong(tenantId, subjects, addresses) {
      const loaded = await Promise.all(
        subjects.map((subject) =>
          loadCaused(streams, reachability, reachabilityStreamName(tenantId, subject)),
        ),
      );
      return addresses.filter((address) => loaded.some(({ state }) => isSuppressed(state, address)));
    },
    async suppress(tenantId, data, causedBy) {
      await execute(tenantId, { type: 'SuppressAddress', data }, causedBy);
    },
    async release(tenantId, data) {
      const { position } = await execute(tenantId, { type: 'ReleaseChannel', data });
      return position === undefined ? undefined : formatPosition(position);
    },
  };
}
