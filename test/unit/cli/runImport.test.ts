import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { formatAccounting } from '../../../src/cli/import/formatAccounting.js';
import { openImportState } from '../../../src/cli/import/importState.js';
import { maxLineBytes, openLines, splitLines } from '../../../src/cli/import/readLines.js';
import { ImportStopped, runImport, type SendBatch } from '../../../src/cli/import/runImport.js';
import { testFolder } from '../../support/testFolder.js';

const progress = { update: () => undefined, stop: () => undefined };

interface Message {
  readonly userId: string;
  readonly n: number;
}

/** A target that remembers what it was sent, answers in a scrambled order and knows duplicates. */
function createTarget(options: { failAfter?: number } = {}) {
  const stored: Message[] = [];
  const seen = new Set<number>();
  let batches = 0;
  let underWay = 0;
  let mostUnderWay = 0;
  const send: SendBatch = async (batch) => {
    batches += 1;
    if (options.failAfter !== undefined && batches > options.failAfter) throw new Error('gone');
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    for (let turns = batches % 5; turns > 0; turns -= 1) await new Promise(setImmediate);
    underWay -= 1;
    const messages = batch.map(({ message }) => message as Message);
    const rejected = messages.flatMap(({ n }, index) =>
      n < 0 ? [{ index, messageId: null, code: 'invalid-event', message: 'n is negative' }] : [],
    );
    const good = messages.filter(({ n }) => n >= 0);
    const fresh = good.filter(({ n }) => !seen.has(n));
    for (const message of fresh) {
      seen.add(message.n);
      stored.push(message);
    }
    return { accepted: fresh.length, duplicates: good.length - fresh.length, suppressed: 0, rejected };
  };
  return { send, stored, mostUnderWay: () => mostUnderWay };
}

async function* linesOf(texts: readonly string[]) {
  for (const [index, text] of texts.entries()) yield { number: index + 1, text };
}

function messages(count: number, users: number): string[] {
  return Array.from({ length: count }, (_, n) => JSON.stringify({ userId: `user-${(n * 7) % users}`, n }));
}

const run = (
  texts: readonly string[],
  send: SendBatch,
  more: Partial<Parameters<typeof runImport>[0]> = {},
) =>
  runImport({
    lines: linesOf(texts),
    send,
    parallel: 4,
    state: undefined,
    progress,
    done: () => 0,
    signal: new AbortController().signal,
    ...more,
  });

t.test('all is sent side by side, each person in order', async (t) => {
  const target = createTarget();
  const accounting = await run(messages(5_000, 23), target.send);
  t.match(accounting, { received: 5_000, accepted: 5_000, duplicates: 0, rejected: 0 });
  t.equal(target.mostUnderWay(), 4);
  const last = new Map<string, number>();
  let disordered = 0;
  for (const { userId, n } of target.stored) {
    if (n < (last.get(userId) ?? -1)) disordered += 1;
    last.set(userId, n);
  }
  t.equal(disordered, 0);
  t.match(await run(messages(5_000, 23), target.send), { accepted: 0, duplicates: 5_000 });
});

t.test('bad lines are counted, named by their number, and stop nothing', async (t) => {
  const texts = messages(10, 3);
  texts[3] = '{"userId": ';
  texts[6] = JSON.stringify({ userId: 'user-1', n: -1 });
  const accounting = await run(texts, createTarget().send);
  t.match(accounting, { received: 10, accepted: 8, rejected: 2 });
  t.same(accounting.examples.map(({ line, code }) => [line, code]).sort(), [
    [4, 'invalid-json'],
    [7, 'invalid-event'],
  ]);
  const text = formatAccounting(accounting);
  t.match(text, /rejected +2\n/);
  t.match(text, /line 7: invalid-event: n is negative/);
  t.notMatch(text, /user-1/);
});

t.test('an import whose target went away goes on where it was', async (t) => {
  const path = join(testFolder(t), 'deep', 'state.json');
  const texts = messages(3_000, 50);
  await t.rejects(run(texts, createTarget({ failAfter: 20 }).send, { state: openImportState(path) }), /gone/);
  const { lines } = JSON.parse(readFileSync(path, 'utf8'));
  t.ok(lines > 0 && lines <= 2_000, `${lines} lines are durable`);

  const target = createTarget();
  const accounting = await run(texts, target.send, { state: openImportState(path) });
  t.equal(accounting.skipped, lines);
  t.equal(accounting.accepted, 3_000 - lines);
  t.equal(await openImportState(path).load(), undefined, 'a finished import leaves no state');
});

t.test('only what is durable counts as done', async (t) => {
  const path = join(testFolder(t), 'state.json');
  const texts = messages(1_000, 40);
  const first = createTarget({ failAfter: 5 });
  await t.rejects(run(texts, first.send, { state: openImportState(path) }));
  const second = createTarget();
  await run(texts, second.send, { state: openImportState(path) });
  const stored = new Set([...first.stored, ...second.stored].map(({ n }) => n));
  t.equal(stored.size, 1_000, 'no line is lost between the two runs');
});

t.test('another source under the same name starts from its beginning', async (t) => {
  const path = join(testFolder(t), 'state.json');
  await openImportState(path).save({ lines: 900, firstLine: 'of another file' });
  t.match(await run(messages(1_000, 5), createTarget().send, { state: openImportState(path) }), {
    accepted: 1_000,
    skipped: 0,
  });
});

t.test('a damaged state starts from the beginning', async (t) => {
  const path = join(testFolder(t, { 'state.json': '{"version":1,"lines":"x"' }), 'state.json');
  t.match(await run(messages(10, 5), createTarget().send, { state: openImportState(path) }), {
    accepted: 10,
  });
});

t.test('aborting stops in order and keeps the state', async (t) => {
  const path = join(testFolder(t), 'state.json');
  const stop = new AbortController();
  const target = createTarget();
  const send: SendBatch = (batch) => {
    if (target.stored.length > 500) stop.abort();
    // As a sender does that stops at once.
    return stop.signal.aborted ? Promise.reject(stop.signal.reason) : target.send(batch);
  };
  const state = openImportState(path);
  await t.rejects(run(messages(9_000, 30), send, { state, signal: stop.signal }), ImportStopped);
  t.ok(((await state.load())?.lines ?? 0) >= 500);
});

t.test('lines are read from plain and compressed files, whatever their ends', async (t) => {
  const text = '\ufeff{"a":1}\r\n\n{"b":"ü"}\n{"c":3}';
  const folder = testFolder(t);
  writeFileSync(join(folder, 'plain.jsonl'), text);
  writeFileSync(join(folder, 'compressed'), gzipSync(text));
  for (const name of ['plain.jsonl', 'compressed']) {
    const source = await openLines(join(folder, name));
    const lines: unknown[] = [];
    for await (const line of source.lines) lines.push(line);
    t.same(lines, [
      { number: 1, text: '{"a":1}' },
      { number: 3, text: '{"b":"ü"}' },
      { number: 4, text: '{"c":3}' },
    ]);
    t.equal(source.bytesRead(), source.totalBytes);
  }
  await t.rejects(openLines(join(folder, 'missing')), { code: 'ENOENT' });
});

t.test('a line without end is not kept in memory', async (t) => {
  async function* chunks() {
    for (let i = 0; i < 8; i += 1) yield Buffer.alloc(maxLineBytes / 4, 'x');
    yield '\n{"a":1}\n';
  }
  const lines: unknown[] = [];
  for await (const line of splitLines(chunks())) lines.push(line);
  t.same(lines, [
    { number: 1, text: undefined },
    { number: 2, text: '{"a":1}' },
  ]);
});
