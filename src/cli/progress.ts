import { SingleBar } from 'cli-progress';

export interface Progress {
  /** `done` of the total, in the unit of the total; `note` stands beside it. */
  update(done: number, note: string): void;
  stop(): void;
}

/** A terminal, or a file or pipe that only gets a plain line now and then. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

const millisecondsBetweenPlainLines = 10_000;

/**
 * Shows how far something is: a bar on a terminal, else a line every ten seconds.
 * @param total undefined where it is not known, for example of standard input
 */
export function showProgress(
  title: string,
  total: number | undefined,
  stream: ProgressStream = process.stderr,
  now: () => number = Date.now,
): Progress {
  return stream.isTTY === true && total !== undefined
    ? bar(title, total, stream)
    : plainLines(title, total, stream, now);
}

function bar(title: string, total: number, stream: ProgressStream): Progress {
  const single = new SingleBar({
    format: `${title} {bar} {percentage}% {note}`,
    stream,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    gracefulExit: false,
  });
  single.start(total, 0, { note: '' });
  return {
    update: (done, note) => single.update(done, { note }),
    stop: () => single.stop(),
  };
}

function plainLines(
  title: string,
  total: number | undefined,
  stream: ProgressStream,
  now: () => number,
): Progress {
  let last = now();
  return {
    update: (done, note) => {
      if (now() - last < millisecondsBetweenPlainLines) return;
      last = now();
      const share = total === undefined || total === 0 ? '' : ` ${Math.floor((100 * done) / total)}%`;
      stream.write(`${title}${share} ${note}\n`);
    },
    stop: () => undefined,
  };
}
