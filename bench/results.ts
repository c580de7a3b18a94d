import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

export type Unit = 'events/s' | '1/s' | 'count' | 'ms' | 'MiB' | 'share';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  /** One value a run. */
  readonly runs: number[];
}

/** Collects figures over runs, in the order in which they first came. */
export function createResults() {
  const figures = new Map<string, Figure>();
  return {
    add: (name: string, unit: Unit, value: number): void => {
      const figure = figures.get(name) ?? { name, unit, runs: [] };
      figure.runs.push(value);
      figures.set(name, figure);
    },
    figures: (): readonly Figure[] => [...figures.values()],
  };
}
export type Results = ReturnType<typeof createResults>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** A table of medians with the range of the runs, then throughputs as bars. */
export function formatResults(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const rows = figures.map(({ name, unit, runs }) => {
    const range = `${format(Math.min(...runs))} – ${format(Math.max(...runs))}`;
    return `${name.padEnd(width)}  ${format(median(runs)).padStart(9)} ${unit.padEnd(8)}  ${range}`;
  });
  const rates = figures.filter(({ unit }) => unit === 'events/s');
  const highest = Math.max(...rates.map(({ runs }) => median(runs)));
  const bars = rates.map(({ name, runs }) => {
    const value = median(runs);
    return `${name.padEnd(width)}  ${'█'.repeat(Math.max(1, Math.round((40 * value) / highest)))} ${format(value)}`;
  });
  return ['Median, and range of the runs', ...rows, '', 'Events a second', ...bars].join('\n');
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toFixed(2);
}

/** Writes everything as JSON, with the machine, so that runs can be compared. @returns the path */
export function writeResults(
  folder: string,
  options: Readonly<Record<string, unknown>>,
  figures: readonly Figure[],
): string {
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const path = join(folder, `${at.replaceAll(':', '-')}.json`);
  const content = {
    at,
    commit: commit(),
    machine: {
      processor: cpus()[0]?.model,
      cores: cpus().length,
      memoryBytes: totalmem(),
      system: `${platform()} ${release()}`,
      node: process.version,
    },
    options,
    figures: figures.map((figure) => ({ ...figure, median: median(figure.runs) })),
  };
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return null;
  }
}
