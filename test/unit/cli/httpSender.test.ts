import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { createHttpSender, ServerRefused } from '../../../src/cli/import/httpSender.js';

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that answers each batch as told; `null` cuts the connection. */
async function serve(t: Test, reply: (batch: { n: number }[], request: number) => Reply | null) {
  let requests = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    requests += 1;
    const answer = reply(JSON.parse(text).batch, requests);
    if (answer === null) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const waits: number[] = [];
  const send = createHttpSender({
    url: `http://127.0.0.1:${port}`,
    key: 'key',
    signal: new AbortController().signal,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
    },
    random: () => 0.5,
  });
  return { send, waits, requests: () => requests };
}

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ number: n + 1, text: `{"n":${n}}`, message: { n } }));
const accepted = (batch: readonly unknown[]): Reply => ({
  status: 200,
  body: { success: true, accepted: batch.length, duplicates: 0, suppressed: 0, rejected: [] },
});

t.test('waits as long as the server says, else longer and longer', async (t) => {
  const replies: (Reply | null)[] = [
    { status: 429, body: {}, headers: { 'retry-after': '3' } },
    { status: 503, body: {} },
    null,
  ];
  const { send, waits } = await serve(t, (batch, request) => {
    const reply = replies[request - 1];
    return reply === undefined ? accepted(batch) : reply;
  });
  t.match(await send(lines(5)), { accepted: 5 });
  t.same(waits, [3000, 500, 1000]);
});

t.test('gives up after ten attempts', async (t) => {
  const { send, requests } = await serve(t, () => ({ status: 503, body: {} }));
  await t.rejects(send(lines(1)), { name: 'ServerRefused', message: /10 attempts \(last: status 503\)/ });
  t.equal(requests(), 10);
});

t.test('a wrong key is not tried again', async (t) => {
  const { send, requests } = await serve(t, () => ({ status: 401, body: { detail: 'a key is needed' } }));
  await t.rejects(send(lines(1)), new ServerRefused('the server answered 401: a key is needed'));
  t.equal(requests(), 1);
});

t.test('one message that makes the server refuse the batch is found and counted', async (t) => {
  const { send } = await serve(t, (batch) =>
    batch.some(({ n }) => n === 37)
      ? { status: 413, body: { code: 'body-too-large', detail: 'too large' } }
      : accepted(batch),
  );
  t.same(await send(lines(100)), {
    accepted: 99,
    duplicates: 0,
    suppressed: 0,
    rejected: [{ index: 37, messageId: null, code: 'body-too-large', message: 'too large' }],
  });
});

t.test('a server of another kind is not taken for one of ours', async (t) => {
  const { send } = await serve(t, () => ({ status: 200, body: { ok: true } }));
  await t.rejects(send(lines(1)), /not that of a Waymark server/);
});
