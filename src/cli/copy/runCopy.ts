import type { Position } from '../../domain/metadata.js';
import { type Comparison, compareEvents } from '../../eventStore/copying/compareEvents.js';
import { CopyConflict } from '../../eventStore/copying/copyAppend.js';
import { copyEvents } from '../../eventStore/copying/copyEvents.js';
import { copyRules } from '../../eventStore/copying/copyRules.js';
import { eventsAfter, isSystemEvent } from '../../eventStore/copying/eventsOf.js';
import {
  type EventStore,
  formatPosition,
  parsePosition,
  type RecordedEvent,
  StreamDeleted,
} from '../../eventStore/eventStore.js';
import { showProgress } from '../progress.js';
import type { CopyState, CopyStateFile } from './copyState.js';

export interface CopyRun {
  readonly source: EventStore;
  readonly target: EventStore;
  readonly parallel: number;
  readonly state: CopyStateFile;
  /** Aborting stops after what is on its way; the next run goes on there. */
  readonly signal: AbortSignal;
}

export interface CopyResult extends Comparison {
  /** In this run. */
  readonly copied: number;
  /** Streams whose deletion or metadata was taken over in this run. */
  readonly rules: number;
}

export class CopyStopped extends Error {
  override readonly name = 'CopyStopped';

  constructor(readonly copied: number) {
    super('the copy was stopped; start it again to go on');
  }
}

const millisecondsBetweenSaves = 1000;

/**
 * Copies what is new, then compares all of both stores, then carries over what was deleted or shortened.
 * @throws CopyStopped, CopyConflict, and what the stores throw; the next run goes on
 */
export async function runCopy(run: CopyRun): Promise<CopyResult> {
  const { source, target } = run;
  const total = Number((await source.head())?.commit ?? 0n);
  const from = await placeToGoOn(run);
  if (from === 'start') await assertOurs(source, target);
  const copied = await copyNew(run, from, total);
  if (run.signal.aborted) throw new CopyStopped(copied);

  const progress = showProgress('Comparing', total);
  const comparison = await compareEvents(source, target, ({ position }) =>
    progress.update(Number(position.commit), ''),
  ).finally(progress.stop);
  const rules = comparison.difference === undefined ? await copyRules(source, target, comparison.ruled) : 0;
  return { ...comparison, copied, rules };
}

async function copyNew(
  { source, target, parallel, state, signal }: CopyRun,
  from: Position | 'start',
  total: number,
): Promise<number> {
  const progress = showProgress('Copying', total);
  let copied = 0;
  let unsaved: RecordedEvent | undefined;
  let saving = Promise.resolve();
  let savedAt = Date.now();
  const save = () => {
    if (unsaved === undefined) return;
    const place = stateAt(unsaved);
    unsaved = undefined;
    savedAt = Date.now();
    saving = saving.then(() => state.save(place));
    // Looked at in the end; until then it is no failure of anybody else.
    saving.catch(() => undefined);
  };
  try {
    await copyEvents({
      ...{ source, target, from, parallel, signal },
      onDurable: (last, events) => {
        copied += events;
        unsaved = last;
        progress.update(Number(last.position.commit), `${copied} events`);
        if (Date.now() - savedAt > millisecondsBetweenSaves) save();
      },
    });
  } finally {
    progress.stop();
    save();
    await saving;
  }
  return copied;
}

/** Where the last run came to, if the target still has what it had then. */
async function placeToGoOn({ target, state }: CopyRun): Promise<Position | 'start'> {
  const place = await state.load();
  const position = place && parsePosition(place.position);
  return place !== undefined && position !== undefined && (await holds(target, place)) ? position : 'start';
}

/** A rule that was taken over may hide the event by now; it was there before the rule was. */
async function holds(target: EventStore, { streamName, revision, id }: CopyState): Promise<boolean> {
  const wanted = BigInt(revision);
  try {
    const { events } = await target.readStream(streamName, { from: wanted, maxCount: 1 });
    if (events[0]?.revision === wanted) return events[0].id === id;
    const { truncateBefore = 0n } = await target.getStreamMetadata(streamName);
    return truncateBefore > wanted;
  } catch (error) {
    if (error instanceof StreamDeleted) return true;
    throw error;
  }
}

/** A target that begins otherwise holds the events of somebody else. */
async function assertOurs(source: EventStore, target: EventStore): Promise<void> {
  const [first, other] = [await firstOf(source), await firstOf(target)];
  if (other !== undefined && other.id !== first?.id) throw new CopyConflict();
}

async function firstOf(store: EventStore): Promise<RecordedEvent | undefined> {
  for await (const event of eventsAfter(store, 'start')) if (!isSystemEvent(event)) return event;
  return undefined;
}

function stateAt({ position, streamName, revision, id }: RecordedEvent): CopyState {
  return { position: formatPosition(position), streamName, revision: `${revision}`, id };
}
