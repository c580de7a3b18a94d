import type { ImportAccounting } from './runImport.js';

/** What became of every line, for a person to read. */
export function formatAccounting(accounting: ImportAccounting): string {
  const { received, accepted, duplicates, suppressed, rejected, reasons, examples, skipped } = accounting;
  const rows: (readonly [string, number])[] = [
    ['received', received],
    ['accepted', accepted],
    ['duplicates', duplicates],
    ['suppressed', suppressed],
    ['rejected', rejected],
    ...[...reasons].map(([code, count]) => [`  ${code}`, count] as const),
  ];
  const width = Math.max(...rows.map(([, count]) => String(count).length));
  return [
    ...(skipped > 0 ? [`Went on behind the ${skipped} messages that an earlier run had stored.`] : []),
    ...rows.map(([name, count]) => `${name.padEnd(22)} ${String(count).padStart(width)}`),
    ...examples.map(({ line, code, message }) => `line ${line}: ${code}: ${message}`),
    ...(rejected > examples.length && examples.length > 0
      ? [`… and ${rejected - examples.length} more rejected lines`]
      : []),
  ].join('\n');
}
