import { unreachable } from '../unreachable.js';
import type { ConsentChannel, ConsentEvent, ConsentPurpose } from './events.js';

/** What a decision is about: a purpose, one over a channel, the sale of data, or processing altogether. */
export type Matter = ConsentPurpose | `${ConsentPurpose}/${ConsentChannel}` | 'sale' | 'processing';

/** The decision that stands for a matter. */
export interface Standing {
  readonly event: ConsentEvent;
  /** Of the event in this person's stream: what is decided on its ground names it. */
  readonly eventId: string;
}

export interface ConsentState {
  /** Bounded by the number of matters. */
  readonly standing: ReadonlyMap<Matter, Standing>;
  /** Fingerprints of the latest decisions recorded, oldest first. */
  readonly known: ReadonlySet<string>;
}

/** A decision that is sent again after so many others is recorded again, which changes nothing that stands. */
const mostKnown = 256;

export const initialState: ConsentState = { standing: new Map(), known: new Set() };

export function evolve(state: ConsentState, event: ConsentEvent, eventId: string): ConsentState {
  const known = new Set(state.known).add(fingerprintOf(event));
  for (const oldest of known) {
    if (known.size <= mostKnown) break;
    known.delete(oldest);
  }
  const matter = matterOf(event);
  const present = state.standing.get(matter);
  if (present !== undefined && !prevails(event, present.event)) return { ...state, known };
  return { standing: new Map(state.standing).set(matter, { event, eventId }), known };
}

export function matterOf(event: ConsentEvent): Matter {
  switch (event.type) {
    case 'ConsentGranted':
    case 'ConsentWithdrawn':
      return event.data.channel === undefined
        ? event.data.purpose
        : `${event.data.purpose}/${event.data.channel}`;
    case 'SaleOptedOut':
    case 'SaleAllowed':
      return 'sale';
    case 'ProcessingRestricted':
    case 'RestrictionLifted':
      return 'processing';
    default:
      return unreachable(event);
  }
}

/** Whether the decision takes something away from what may be done. */
export function isStrict({ type }: ConsentEvent): boolean {
  return type === 'ConsentWithdrawn' || type === 'SaleOptedOut' || type === 'ProcessingRestricted';
}

/**
 * A total order of decisions on one matter, so that the same decisions leave the same one standing in whatever order
 * they arrive: the later, then the stricter; what is alike in both is told apart by its content.
 */
export function prevails(event: ConsentEvent, over: ConsentEvent): boolean {
  if (event.data.countsFrom !== over.data.countsFrom) return event.data.countsFrom > over.data.countsFrom;
  if (isStrict(event) !== isStrict(over)) return isStrict(event);
  return fingerprintOf(event) > fingerprintOf(over);
}

/** The same for the same decision, under whichever identity it was made. */
export function fingerprintOf(event: ConsentEvent): string {
  const { decidedAt, countsFrom, source, policyVersion, textHash, proof } = event.data;
  return JSON.stringify([
    event.type,
    matterOf(event),
    decidedAt,
    countsFrom,
    source,
    policyVersion,
    textHash,
    proof,
  ]);
}
