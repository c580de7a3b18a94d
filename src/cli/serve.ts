import { once } from 'node:events';
import { resolve } from 'node:path';

export interface ServeParts {
  readonly start: () => Promise<{
    readonly url: string;
    /** Part and engine, for the lines at the start. */
    readonly engines: Readonly<Record<string, string>>;
    readonly madeKeys: { readonly writeKey: string; readonly adminToken: string } | undefined;
    stop(): Promise<void>;
  }>;
  readonly dataFolder: string;
  readonly print: (text: string) => void;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** `waymark serve`: runs until asked to stop, then drains. */
export async function serveCommand({ start, dataFolder, print, signal }: ServeParts): Promise<number> {
  const server = await start();
  print(serverSummary(server.url, dataFolder, server.engines));
  if (server.madeKeys !== undefined) print(firstKeys(server.madeKeys));
  if (!signal.aborted) await once(signal, 'abort');
  print('Stopping: answering what is under way …');
  await server.stop();
  return 0;
}

export function serverSummary(
  url: string,
  dataFolder: string,
  engines: Readonly<Record<string, string>>,
): string {
  return [
    `Waymark listens on ${url}`,
    `  API description   ${url}/docs`,
    `  data folder       ${resolve(dataFolder)}`,
    ...Object.entries(engines).map(([part, engine]) => `  ${part.padEnd(16)}  ${engine}`),
  ].join('\n');
}

function firstKeys({
  writeKey,
  adminToken,
}: {
  readonly writeKey: string;
  readonly adminToken: string;
}): string {
  return [
    '',
    'Keys made on this first start. They are kept as hashes alone and not shown again:',
    `  write key (for sending events)        ${writeKey}`,
    `  administrator token (for everything else)  ${adminToken}`,
    '',
  ].join('\n');
}
