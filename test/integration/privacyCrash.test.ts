import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { asking, openCallbackServer, openRequestSide } from '../support/requestSide.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

const program = fileURLToPath(new URL('../support/requestProcess.js', import.meta.url));

function start(...options: string[]) {
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { child, exited: once(child, 'exit') };
}

async function untilMarked(marker: string, id: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      if (readFileSync(marker, 'utf8') === id) return;
    } catch {
      // Not written yet.
    }
    if (Date.now() > deadline) throw new Error('the work was never begun');
    await setTimeout(5);
  }
}

/** A folder in which one erasure is accepted and not begun. */
async function receiveOne(folder: string, urls: readonly string[] = [], host = ''): Promise<string> {
  const side = await openRequestSide(folder, {
    fulfillers: { erasure: () => Promise.reject(new Error('not here')) },
    callbackHosts: [host],
    works: false,
  });
  const body = asking({ status_callback_urls: urls });
  const { status } = await side.post(body);
  if (status !== 201) throw new Error(`the request was answered with ${status}`);
  await side.caughtUp();
  await side.close();
  return body.subject_request_id;
}

for (const step of ['during', 'after']) {
  t.test(`killed ${step} the work, the request is carried on after the next start`, async (t) => {
    const folder = testFolder(t);
    const marker = join(folder, 'marker');
    const id = await receiveOne(folder);
    const { child, exited } = start(folder, step, marker);
    await untilMarked(marker, id);
    child.kill('SIGKILL');
    t.strictSame(await exited, [null, 'SIGKILL']);

    const called: string[] = [];
    const side = await openRequestSide(folder, {
      fulfillers: {
        erasure: async ({ requestId }) => {
          called.push(requestId);
          return { outcome: 'completed', remarks: [], result: {} };
        },
      },
    });
    t.teardown(side.close);
    await side.until(id, ({ request_status }) => request_status === 'completed');
    t.strictSame(called, [id]);
    t.strictSame(
      (await allEvents(side.eventStore)).map(({ event }) => event.type),
      ['PrivacyRequestReceived', 'PrivacyRequestStarted', 'PrivacyRequestConcluded'],
    );
  });
}

t.test('killed between a callback and its record, it is told again', async (t) => {
  let kill: (() => void) | undefined;
  const server = await openCallbackServer((response) => {
    if (kill === undefined) response.writeHead(200).end();
    else kill();
  });
  t.teardown(server.close);
  const folder = testFolder(t);
  const id = await receiveOne(folder, [`${server.url}/cb`], server.host);
  const { child, exited } = start(folder, 'telling', join(folder, 'marker'), server.host);
  kill = () => child.kill('SIGKILL');
  t.strictSame(await exited, [null, 'SIGKILL']);
  kill = undefined;

  const side = await openRequestSide(folder, {
    callbackHosts: [server.host],
    fulfillers: { erasure: async () => ({ outcome: 'completed', remarks: [], result: {} }) },
  });
  t.teardown(side.close);
  await side.until(id, ({ callbacks }) => callbacks[0]?.delivered === 2);
  const told = server.received.map(({ bytes }) => JSON.parse(bytes.toString()).request_status);
  t.strictSame(told, ['in_progress', 'in_progress', 'completed']);
});
