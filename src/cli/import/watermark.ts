/**
 * Lines are confirmed in any order; an import may only resume behind the last line before which nothing is open.
 * Remembers one number for each open line, so its size is bounded by what is in flight.
 */
export interface Watermark {
  /** Line numbers are opened in rising order. */
  open(line: number): void;
  confirm(line: number): void;
  /** Every line up to and including this one is confirmed, or was never opened; 0 at the start. */
  confirmedUpTo(): number;
}

export function createWatermark(): Watermark {
  // A Set iterates in the order of insertion, so its first element is the lowest open line.
  const pending = new Set<number>();
  let highest = 0;
  return {
    open: (line) => {
      pending.add(line);
      highest = line;
    },
    confirm: (line) => {
      pending.delete(line);
    },
    confirmedUpTo: () => {
      const [lowest] = pending;
      return lowest === undefined ? highest : lowest - 1;
    },
  };
}
