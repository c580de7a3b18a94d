import type { FastifyPluginAsync } from 'fastify';
import t from 'tap';
import { accessOf } from '../../src/http/auth.js';
import { startRecordingServer, testKeys } from '../support/recordingServer.js';
import { testFolder } from '../support/testFolder.js';

const routes: FastifyPluginAsync = async (scope) => {
  scope.get('/things/:id', async (request) => ({ role: accessOf(request).role }));
};
const track = { type: 'track', event: 'E', userId: 'u' };
const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

t.test('a write key is taken from each of its places', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const key = testKeys.write;
  const ways: [Record<string, string>, object][] = [
    [{ authorization: basic(key) }, track],
    [{ authorization: `Basic ${Buffer.from(key).toString('base64')}` }, track],
    [{ authorization: `bearer ${key}` }, track],
    [{ 'x-write-key': key }, track],
    [{}, { ...track, writeKey: key }],
    [{}, { ...track, api_key: key }],
  ];
  for (const [headers, payload] of ways) {
    const answer = await server.app.inject({ method: 'POST', url: '/v1/track', headers, payload });
    t.equal(answer.statusCode, 200, JSON.stringify(headers));
  }
});

t.test('without a valid key nothing is read and nothing is written', async (t) => {
  const server = await startRecordingServer({ plugins: [{ prefix: '/v1', routes }] });
  t.teardown(server.close);
  const attempts: [string, string, Record<string, string>, number][] = [
    ['POST', '/v1/track', {}, 401],
    ['POST', '/v1/track', { authorization: basic('unknown') }, 401],
    ['POST', '/v1/track', { authorization: 'Digest x' }, 401],
    ['POST', '/v1/track', { authorization: `Bearer ${testKeys.administrator}` }, 403],
    ['GET', '/v1/things/1', {}, 401],
    ['GET', '/v1/things/1', { authorization: basic(testKeys.administrator) }, 401],
    ['GET', '/v1/things/1', { 'x-write-key': testKeys.administrator }, 401],
    ['GET', '/v1/things/1', { authorization: `Bearer ${testKeys.write}` }, 403],
    ['GET', '/v1/things/1', { authorization: `Bearer ${testKeys.administrator}` }, 200],
    ['GET', '/v1/projects/unknown/settings', {}, 401],
    ['GET', `/v1/projects/${testKeys.write}/settings`, {}, 200],
  ];
  for (const [method, url, headers, status] of attempts) {
    const answer = await fetch(server.url + url, {
      method,
      headers,
      ...(method === 'POST' ? { body: JSON.stringify(track) } : {}),
    });
    t.equal(answer.status, status, `${method} ${url} ${JSON.stringify(headers)}`);
    if (status === 401) t.match(answer.headers.get('www-authenticate'), /Bearer/);
    if (status >= 400) t.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  }
  t.same(server.requests, []);
  t.notMatch(server.logLines.join(''), testKeys.write, 'no key is logged');
});

t.test('an unknown and a revoked key get the same answer', async (t) => {
  const { openAccessKeyFile } = await import('../../src/integrations/embedded/accessKeyFile.js');
  const keys = openAccessKeyFile({ path: `${testFolder(t)}/keys.json`, given: [], now: Date.now });
  const { keyId, secret } = await keys.create('write');
  const server = await startRecordingServer({ accessKeys: keys });
  t.teardown(server.close);
  const answerTo = async (key: string) => {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/track',
      payload: track,
      headers: { 'x-write-key': key, 'x-request-id': '4bf92f3577b34da6a3ce929d0e0e4736' },
    });
    return { status: answer.statusCode, body: answer.body };
  };
  t.equal((await answerTo(secret)).status, 200);
  await keys.revoke(keyId);
  t.same(await answerTo(secret), await answerTo('wk_never'));
});
