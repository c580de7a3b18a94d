import type { MongoConnection } from './connection.js';

/** How many updates one command holds, and runs commands of updates. */
export interface UpdatePace {
  readonly perCommand: number;
  run<T>(command: () => Promise<T>): Promise<T>;
}

const usual: UpdatePace = { perCommand: 500, run: (command) => command() };

/**
 * FerretDB 1 keeps one connection to its database for each update of a command until the command ends, and stands still
 * when its hundred are used up: there commands are small and come one after the other.
 */
export async function updatePaceOf({ database, read }: MongoConnection): Promise<UpdatePace> {
  const server = await read(() => database.command({ buildInfo: 1 }));
  if (server.ferretdbVersion === undefined) return usual;
  let last: Promise<unknown> = Promise.resolve();
  return {
    perCommand: 20,
    run(command) {
      const running = last.then(command);
      last = running.catch(() => undefined);
      return running;
    },
  };
}
