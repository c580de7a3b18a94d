import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** What the server does with the next calls. */
export type Mood =
  | 'answers'
  | 'fails'
  | 'is silent'
  | 'answers late in the body'
  | 'answers nonsense'
  | 'limits';

interface Asked {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: string;
}

/** Each group of words points in a direction of its own: what shares a group means the same. */
const meanings = [
  ['export', 'download', 'save', 'file'],
  ['login', 'sign', 'password'],
  ['invoice', 'bill', 'payment'],
];

function vectorOf(text: string): number[] {
  const words: readonly string[] = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return [...meanings.map((group) => words.filter((word) => group.includes(word)).length), 0.01];
}

/** A server that speaks `POST /embeddings` as OpenAI documents it. */
export async function startEmbeddingsServer(t: Test) {
  const asked: Asked[] = [];
  const state: { mood: Mood } = { mood: 'answers' };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      // A boundary: what the SDK sends.
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Asked;
      asked.push(body);
      const send = (status: number, answer: object) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      };
      const data = body.input.map((text, index) => ({
        object: 'embedding',
        index,
        embedding: vectorOf(text),
      }));
      const answer = {
        object: 'list',
        model: body.model,
        data,
        usage: { prompt_tokens: 1, total_tokens: 1 },
      };
      switch (state.mood) {
        case 'answers':
          // In another order than asked: the index tells.
          return send(200, { ...answer, data: [...data].reverse() });
        case 'fails':
          return send(500, { error: { message: 'no', type: 'server_error', code: null, param: null } });
        case 'limits':
          return send(429, {
            error: { message: 'slow', type: 'requests', code: 'rate_limit_exceeded', param: null },
          });
        case 'answers nonsense':
          return send(200, { ...answer, data: data.slice(1) });
        case 'answers late in the body':
          response.writeHead(200, { 'content-type': 'application/json' }).write('{"object":');
          return;
        case 'is silent':
          return;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, state, baseUrl: `http://127.0.0.1:${port}/v1` };
}
