import { type ExpectedRevision as ClientRevision, WrongExpectedVersionError } from '@eventstore/db-client';
import { type ExpectedRevision, StreamDeleted, WrongExpectedRevision } from '../../eventStore/eventStore.js';
import type { Connection } from './connection.js';
import { meaningOf, unavailable } from './failures.js';
import { isType, type Reading } from './reading.js';

type Kind = 'deleteStream' | 'tombstoneStream';

/** Soft deletion and tombstones; both may be sent again, as the second time changes nothing. */
export class Deleting {
  constructor(
    private readonly connection: Connection,
    private readonly reading: Reading,
  ) {}

  /** @throws WrongExpectedRevision, StreamDeleted, EventStoreUnavailable */
  async delete(streamName: string, expected: ExpectedRevision): Promise<void> {
    const { exists } = await this.reading.readStream(streamName, { direction: 'backwards', maxCount: 1 });
    // The server calls it a conflict, also where nothing is expected.
    if (!exists) return;
    await this.#send('deleteStream', streamName, expected);
  }

  /** @throws WrongExpectedRevision, StreamDeleted, EventStoreUnavailable */
  async tombstone(streamName: string, expected: ExpectedRevision): Promise<void> {
    try {
      await this.#send('tombstoneStream', streamName, expected);
    } catch (error) {
      const isMissing = error instanceof WrongExpectedRevision && error.actual === undefined;
      if (expected !== 'any' || !isMissing) throw error;
      // A stream that was never written can be closed only as one.
      await this.#send('tombstoneStream', streamName, 'noStream');
    }
  }

  async #send(kind: Kind, streamName: string, expected: ExpectedRevision): Promise<void> {
    let isInDoubt = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.connection.once((client) =>
          client[kind](streamName, {
            expectedRevision: clientRevision(expected),
            requiresLeader: true,
            deadline: this.connection.timeout,
          }),
        );
        return;
      } catch (error) {
        if (meaningOf(error) === 'answer') {
          if (!isType(error, 'stream-deleted')) throw told(error, expected);
          // It may have been the attempt before.
          if (kind === 'tombstoneStream' && isInDoubt) return;
          throw new StreamDeleted();
        }
        isInDoubt ||= meaningOf(error) === 'unknown';
        await this.connection.pause(attempt, error);
      }
    }
  }
}

/** `streamExists` is no choice of the client's for deletions; whether it does has been looked at before. */
function clientRevision(expected: ExpectedRevision): ClientRevision {
  if (expected === 'noStream') return 'no_stream';
  return expected === 'streamExists' ? 'any' : expected;
}

function told(error: unknown, expected: ExpectedRevision): Error {
  if (!(error instanceof WrongExpectedVersionError)) return unavailable(error);
  const { actualVersion } = error;
  const isThere = typeof actualVersion === 'bigint' && actualVersion >= 0n;
  return new WrongExpectedRevision(expected, isThere ? actualVersion : undefined);
}
