import { exitCodes } from './arguments.js';

/** An event store on a server of its own. */
export interface Scavenging {
  /** @returns the id under which the server reports of it */
  start(): Promise<string>;
  close(): Promise<void>;
}

export interface ScavengeParts {
  /** Undefined where the events are in the data folder. */
  readonly open: () => Promise<Scavenging | undefined>;
  readonly print: (text: string) => void;
}

/** `waymark scavenge`: starts it and does not wait. Exit code 1 where there is nothing to scavenge. */
export async function scavengeCommand({ open, print }: ScavengeParts): Promise<number> {
  const scavenging = await open();
  if (scavenging === undefined) {
    print(
      'There is nothing to scavenge: EVENTSTORE_URL is not set, and the embedded event store keeps its log whole. What was erased in it cannot be read, as its keys are destroyed.',
    );
    return exitCodes.wrong;
  }
  try {
    const id = await scavenging.start();
    print(
      `The scavenge ${id} has started. It goes on in the server; its log and $scavenges say how far it is.`,
    );
    return exitCodes.ok;
  } finally {
    await scavenging.close();
  }
}
