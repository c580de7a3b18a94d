import { type ExportLine, type ExportPart, type LineKind, partOf } from './exportLine.js';

/** What an export holds, counted while it is written. As large as there are kinds and months, however many lines. */
export interface ExportTally {
  readonly counts: Record<ExportPart, number>;
  /** Lines by month (`2026-03`), then by kind. */
  readonly months: Map<string, Map<LineKind, number>>;
  profile: ExportLine | undefined;
  assessment: ExportLine | undefined;
}

export function emptyTally(): ExportTally {
  return {
    counts: { provided: 0, observed: 0, inferred: 0 },
    months: new Map(),
    profile: undefined,
    assessment: undefined,
  };
}

export function count(tally: ExportTally, line: ExportLine): void {
  tally.counts[partOf[line.kind]] += 1;
  if (line.kind === 'profile') tally.profile = line;
  if (line.kind === 'assessment') tally.assessment = line;
  if (typeof line.occurredAt !== 'string') return;
  const month = line.occurredAt.slice(0, 7);
  let kinds = tally.months.get(month);
  if (kinds === undefined) {
    kinds = new Map();
    tally.months.set(month, kinds);
  }
  kinds.set(line.kind, (kinds.get(line.kind) ?? 0) + 1);
}
