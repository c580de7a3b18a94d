import { readFileSync } from 'node:fs';
import t from 'tap';
import { errorTitles } from '../../src/domain/errors.js';
import { rejectionMessages } from '../../src/http/ingestion/rejections.js';
import { startRecordingServer, testKeys } from '../support/recordingServer.js';

t.test('every example of docs/ingestion.md is accepted as it stands', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const page = readFileSync('docs/ingestion.md', 'utf8');
  const examples = [...page.matchAll(/^`POST (\S+)`\n\n```json\n(.*?)^```$/gms)];
  t.equal(examples.length, 3);
  for (const [, path = '', body = ''] of examples) {
    const answer = await server.app.inject({
      method: 'POST',
      url: path,
      headers: { 'x-write-key': testKeys.write },
      payload: body,
    });
    t.equal(answer.statusCode, 200, path);
    t.same(answer.json().rejected, [], path);
    t.ok(answer.json().accepted > 0, path);
  }
});

t.test('docs/errors.md lists the codes there are, and no other', async (t) => {
  const [problems = '', rejections = ''] = readFileSync('docs/errors.md', 'utf8').split('## Rejected events');
  const codesIn = (text: string) => [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code).sort();
  t.same(codesIn(problems), Object.keys(errorTitles).sort());
  t.same(codesIn(rejections), Object.keys(rejectionMessages).sort());
});
