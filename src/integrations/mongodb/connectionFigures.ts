import type { MongoClient } from 'mongodb';

/** Counted since the start, but for the connections, which are those of now. */
export interface ConnectionFigures {
  readonly connections: number;
  readonly connectionsInUse: number;
  readonly commands: number;
  readonly failedCommands: number;
  /** Milliseconds that commands took, added up. */
  readonly commandTime: number;
  readonly repetitions: number;
  /** Whether the server is left alone since it did not answer. */
  readonly leftAlone: boolean;
}

/** Counts what a client does. Its heartbeats are not commands in this sense. */
export function countCommands(client: MongoClient) {
  let [connections, connectionsInUse, commands, failedCommands, commandTime, repetitions] = [
    0, 0, 0, 0, 0, 0,
  ];
  client.on('connectionCreated', () => connections++);
  client.on('connectionClosed', () => connections--);
  client.on('connectionCheckedOut', () => connectionsInUse++);
  client.on('connectionCheckedIn', () => connectionsInUse--);
  client.on('commandSucceeded', ({ duration }) => {
    commands++;
    commandTime += duration;
  });
  client.on('commandFailed', ({ duration }) => {
    commands++;
    failedCommands++;
    commandTime += duration;
  });
  return {
    repeated(): void {
      repetitions++;
    },
    figures(leftAlone: boolean): ConnectionFigures {
      return {
        connections,
        connectionsInUse,
        commands,
        failedCommands,
        commandTime,
        repetitions,
        leftAlone,
      };
    },
  };
}
