import t from 'tap';
import { openaiEmbeddings } from '../../../../src/integrations/embeddings/openaiEmbeddings.js';
import { startEmbeddingsServer } from '../../../support/embeddingsServer.js';

async function open(t: Parameters<typeof startEmbeddingsServer>[0]) {
  const server = await startEmbeddingsServer(t);
  const embeddings = openaiEmbeddings({ apiKey: 'key', baseUrl: server.baseUrl, model: 'small' });
  t.teardown(() => embeddings.close());
  return { ...server, embeddings };
}
const patience = 5000;

t.test('gives each text its vector, whatever the order of the answer', async (t) => {
  const { embeddings, asked } = await open(t);
  const [a, b] = await embeddings.embed(['export', 'login'], patience);
  t.strictSame([a?.[0], a?.[1], b?.[0], b?.[1]], [1, 0, 0, 1]);
  t.match(asked, [{ model: 'small', input: ['export', 'login'], encoding_format: 'float' }]);
});

t.test('more calls than there is room for are refused, and the provider is not to blame', async (t) => {
  const { embeddings, asked } = await open(t);
  const calls = Array.from({ length: 60 }, () => embeddings.embed(['export'], patience));
  const done = await Promise.allSettled(calls);
  t.equal(done.filter(({ status }) => status === 'fulfilled').length, 16);
  t.equal(asked.length, 16);
  t.equal((await embeddings.embed(['export'], patience)).length, 1);
});

t.test('fails in time, once a call, and leaves alone a provider that goes on failing', async (t) => {
  for (const mood of ['fails', 'limits', 'answers nonsense'] as const) {
    const { embeddings, asked, state } = await open(t);
    state.mood = mood;
    await t.rejects(embeddings.embed(['export'], patience), mood);
    t.equal(asked.length, 1, 'no second try');
    for (let call = 0; call < 5; call += 1) await t.rejects(embeddings.embed(['export'], patience));
    t.ok(asked.length <= 3, `${mood}: the breaker is open`);
  }
  for (const mood of ['is silent', 'answers late in the body'] as const) {
    const { embeddings, state } = await open(t);
    state.mood = mood;
    await t.rejects(embeddings.embed(['export'], 50), mood);
  }
});
