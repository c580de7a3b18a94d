import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testFolder } from '../support/testFolder.js';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

t.test('the demonstration prints what to look at, and all of it can be read', async (t) => {
  const parameters = ['demo', '--learners', '40', '--days', '2', '--speed', '3600', '--seed', '3'];
  const env = { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', WAYMARK_DATA: testFolder(t) };
  const child = spawn(process.execPath, [program, ...parameters], { env });
  const exited = once(child, 'exit');
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ctrl-C stops it.')) resolve();
    });
    void exited.then(([code]) => reject(new Error(`the demonstration ended with ${code}:\n${output}`)));
  });

  const reads = [...output.matchAll(/curl -s -H '(authorization): (Bearer [^']+)' '(http[^']+)'/g)];
  t.ok(reads.length >= 9, `${reads.length} lines to copy`);
  const position = await untilProjected(reads[0]?.[2] ?? '', new URL(reads[0]?.[3] ?? '').origin);
  t.ok(position > 0n);
  for (const [, , authorization = '', url = ''] of reads) {
    const response = await fetch(url, { headers: { authorization } });
    t.equal(response.status, 200, new URL(url).pathname);
  }
  const struggles = reads.find(([, , , url]) => url?.includes('/v1/struggles'));
  const answer = await fetch(struggles?.[3] ?? '', { headers: { authorization: struggles?.[2] ?? '' } });
  const found = (await answer.json()) as { data: readonly unknown[] };
  t.ok(found.data.length > 0, 'somebody struggles');

  child.kill('SIGTERM');
  t.same(await exited, [0, null]);
});

/** Waits until every projection has seen what was stored when it was asked. */
async function untilProjected(authorization: string, origin: string): Promise<bigint> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const response = await fetch(`${origin}/v1/processors`, { headers: { authorization } });
    const { data } = (await response.json()) as {
      data: { kind: string; behind: boolean; position: string | null }[];
    };
    const projections = data.filter(({ kind }) => kind === 'projection');
    if (projections.length > 0 && projections.every(({ behind, position }) => !behind && position !== null)) {
      return BigInt(projections[0]?.position ?? 0);
    }
    if (Date.now() > deadline) throw new Error('the projections do not catch up');
  }
}
