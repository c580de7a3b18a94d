import type { IngestResult } from '../../commands/incomingMessage.js';
import type { Progress } from '../progress.js';
import { fingerprint, type ImportStateFile } from './importState.js';
import { createLanes, type ImportLine } from './lanes.js';
import { maxLineBytes, type TextLine } from './readLines.js';
import { createWatermark } from './watermark.js';

/** Sends a batch and resolves when it is durable. `rejected[].index` counts within the batch. */
export type SendBatch = (
  batch: readonly ImportLine[],
) => Promise<Pick<IngestResult, 'accepted' | 'duplicates' | 'suppressed' | 'rejected'>>;

export interface RejectedLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** received = accepted + duplicates + suppressed + rejected, in messages. */
export interface ImportAccounting {
  received: number;
  accepted: number;
  duplicates: number;
  suppressed: number;
  rejected: number;
  /** How many were rejected with each code. */
  readonly reasons: Map<string, number>;
  /** The first of them. */
  readonly examples: RejectedLine[];
  /** Lines that an earlier, unfinished run had made durable; not counted above. */
  skipped: number;
}

export interface ImportRun {
  readonly lines: AsyncIterable<TextLine>;
  readonly send: SendBatch;
  /** Batches under way at the same time. */
  readonly parallel: number;
  /** Undefined where the source cannot be read a second time. */
  readonly state: ImportStateFile | undefined;
  readonly progress: Progress;
  /** In the unit of the progress's total. */
  readonly done: () => number;
  /** Aborting stops after what is in flight; the state stays, so that the next run goes on there. */
  readonly signal: AbortSignal;
}

export class ImportStopped extends Error {
  constructor(readonly accounting: ImportAccounting) {
    super('the import was stopped; start it again to go on');
    this.name = 'ImportStopped';
  }
}

const maxExamples = 10;
const linesBetweenSaves = 20_000;

/**
 * Imports every line. A line that cannot be stored is counted with its reason and never stops the run.
 * @throws ImportStopped on abort, or what `send` throws when the target stays away; the state is saved before
 */
export async function runImport(run: ImportRun): Promise<ImportAccounting> {
  const accounting = emptyAccounting();
  const earlier = await run.state?.load();
  const watermark = createWatermark();
  let source: string | undefined;
  let resumeAfter = 0;
  let linesUntilSave = linesBetweenSaves;

  const lanes = createLanes(run.parallel, async (batch) => {
    const result = await run.send(batch);
    count(accounting, batch, result);
    for (const line of batch) watermark.confirm(line.number);
    run.progress.update(run.done(), describe(accounting));
  });
  const save = async (): Promise<void> => {
    const lines = Math.max(resumeAfter, watermark.confirmedUpTo());
    if (source !== undefined) await run.state?.save({ lines, firstLine: source });
  };

  try {
    for await (const line of run.lines) {
      if (run.signal.aborted) break;
      if (source === undefined) {
        source = fingerprint(line.text ?? '');
        resumeAfter = earlier?.firstLine === source ? earlier.lines : 0;
      }
      if (line.number <= resumeAfter) {
        accounting.skipped += 1;
        continue;
      }
      const parsed = parseLine(line);
      if ('code' in parsed) {
        reject(accounting, parsed);
      } else {
        watermark.open(line.number);
        await lanes.add(parsed);
      }
      linesUntilSave -= 1;
      if (linesUntilSave === 0) {
        linesUntilSave = linesBetweenSaves;
        await save();
      }
    }
    await lanes.finish();
  } catch (error) {
    await save();
    // What is in flight fails where the sender stops too.
    throw run.signal.aborted ? new ImportStopped(accounting) : error;
  } finally {
    run.progress.stop();
  }
  if (run.signal.aborted) {
    await save();
    throw new ImportStopped(accounting);
  }
  await run.state?.remove();
  return accounting;
}

function emptyAccounting(): ImportAccounting {
  return {
    received: 0,
    accepted: 0,
    duplicates: 0,
    suppressed: 0,
    rejected: 0,
    reasons: new Map(),
    examples: [],
    skipped: 0,
  };
}

function parseLine(line: TextLine): ImportLine | RejectedLine {
  if (line.text === undefined) {
    const message = `a line may have at most ${maxLineBytes} bytes`;
    return { line: line.number, code: 'body-too-large', message };
  }
  try {
    const message: unknown = JSON.parse(line.text);
    return { number: line.number, text: line.text, message };
  } catch {
    return { line: line.number, code: 'invalid-json', message: 'the line is not JSON' };
  }
}

function count(
  accounting: ImportAccounting,
  batch: readonly ImportLine[],
  result: Awaited<ReturnType<SendBatch>>,
): void {
  const { accepted, duplicates, suppressed, rejected } = result;
  if (accepted + duplicates + suppressed + rejected.length !== batch.length) {
    throw new Error('the answer to a batch does not account for every message in it');
  }
  accounting.received += batch.length;
  accounting.accepted += result.accepted;
  accounting.duplicates += result.duplicates;
  accounting.suppressed += result.suppressed;
  for (const { index, code, message } of result.rejected) {
    // Counted with its batch already.
    accounting.received -= 1;
    reject(accounting, { line: batch[index]?.number ?? 0, code, message });
  }
}

function reject(accounting: ImportAccounting, rejected: RejectedLine): void {
  accounting.received += 1;
  accounting.rejected += 1;
  accounting.reasons.set(rejected.code, (accounting.reasons.get(rejected.code) ?? 0) + 1);
  if (accounting.examples.length < maxExamples) accounting.examples.push(rejected);
}

function describe({ received, rejected }: ImportAccounting): string {
  return `${received} received${rejected > 0 ? `, ${rejected} rejected` : ''}`;
}
