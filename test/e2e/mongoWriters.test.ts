import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { CheckpointMoved } from '../../src/documentStore/documentStore.js';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { CountedCommits } from '../support/countedCommits.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { seededRandom } from '../support/seededRandom.js';

const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));
const kills = 8;
const pauses = 3;
const program = fileURLToPath(new URL('../support/mongoWriter.js', import.meta.url));

/** A process that goes on committing. */
function startWriter(url: string, name: string) {
  const child: ChildProcess = spawn(process.execPath, [program, url, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const exited = once(child, 'exit');
  const output = child.stdout;
  if (output === null) throw new Error('no output');
  let changed: () => void = () => undefined;
  createInterface(output).on('line', (line) => {
    lines.push(line);
    changed();
  });
  return {
    lines,
    exited,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves when it has printed so many lines. */
    async printed(count: number): Promise<void> {
      while (lines.length < count) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
  };
}

t.test(
  `writers that are killed and paused (SEED=${seed})`,
  { skip: noMongoServer, timeout: 170_000 },
  async (t) => {
    const random = seededRandom(seed);
    const url = await mongoDatabase(t);
    const store = openMongoDocumentStore({ url, now: Date.now });
    t.teardown(() => store.close());

    await t.test(
      `kill -9, ${kills} times: what was acknowledged is there, and nothing in part`,
      async (t) => {
        const commits = new CountedCommits(`killed-${randomUUID()}`);
        await commits.define(store);
        for (let round = 0; round < kills; round++) {
          const before = await commits.open(store);
          const writer = startWriter(url, commits.name);
          await writer.printed(2 + random(8));
          // Somewhere in the next commit.
          for (let turns = random(40); turns > 0; turns--) await new Promise(setImmediate);
          writer.signal('SIGKILL');
          await writer.exited;
          t.equal(writer.lines[0], `from ${before}`);
          const acknowledged = before + writer.lines.length - 1;
          const number = await commits.open(store);
          t.ok(number === acknowledged || number === acknowledged + 1, `${number} after ${acknowledged}`);
          await commits.verify(store, number);
        }
      },
    );

    /** Commits five times; again from the start where a commit that the paused one had sent was made meanwhile. */
    async function takeOver(commits: CountedCommits): Promise<number> {
      for (;;) {
        let number = await commits.open(store);
        try {
          for (let commit = 0; commit < 5; commit++) await commits.commit(store, ++number);
          return number;
        } catch (error) {
          if (!(error instanceof CheckpointMoved)) throw error;
        }
      }
    }

    await t.test(`SIGSTOP, ${pauses} times: one that comes back changes nothing`, async (t) => {
      const commits = new CountedCommits(`paused-${randomUUID()}`);
      await commits.define(store);
      for (let round = 0; round < pauses; round++) {
        const writer = startWriter(url, commits.name);
        await writer.printed(2 + random(8));
        for (let turns = random(40); turns > 0; turns--) await new Promise(setImmediate);
        writer.signal('SIGSTOP');
        const last = await takeOver(commits);
        writer.signal('SIGCONT');
        await writer.exited;
        t.equal(writer.lines.at(-1), 'checkpoint-moved');
        t.equal(await commits.open(store), last);
        await commits.verify(store, last);
      }
    });
  },
);
