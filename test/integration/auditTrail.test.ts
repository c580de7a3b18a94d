import { randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { parseAnchoredHeads } from '../../src/audit/anchoredHeads.js';
import { provesConsistency, provesInclusion } from '../../src/audit/merkleTree.js';
import { isSignedBy, parsePublicKey, type SignedHead } from '../../src/audit/signedHead.js';
import { openKeyFolder } from '../../src/composition/keyFolder.js';
import type { Waymark } from '../../src/composition/waymark.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { httpAnchor } from '../../src/integrations/anchors/httpAnchor.js';
import { readOrCreateAuditKey } from '../../src/integrations/embedded/auditKeyFile.js';
import { openAuditRig } from '../support/auditRig.js';
import { runProgram } from '../support/programRun.js';
import { subjectNumber } from '../support/projectionFold.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark, testConfiguration } from '../support/waymark.js';

t.setTimeout(120_000);

interface Answer {
  readonly status: number;
  readonly body: { readonly data: never; readonly nextCursor?: string; readonly code?: string };
}

async function get(url: string, path: string): Promise<Answer> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${testAdminToken}` } });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

function recordRead(waymark: Waymark, person: number): Promise<void> {
  return waymark.application.accessLog.record({
    tenantId: 'default',
    actor: { keyId: 'k1', role: 'administrator' },
    action: 'profile-read',
    purpose: 'support',
    subjects: [waymark.application.subjectOf('default', 'user', `person-${person}`)],
    correlationId: `request-${person}`,
  });
}

async function caughtUp({ application }: Waymark): Promise<void> {
  while (!(await application.processors.caughtUp())) await new Promise((resolve) => setImmediate(resolve));
}

t.test('from a read to its proof, over HTTP and then offline', async (t) => {
  const folder = testFolder(t);
  const waymark = await startTestWaymark(folder);
  t.teardown(() => waymark.stop());
  const { url } = waymark;
  let entries = 0;
  const empty = (await get(url, '/v1/audit/head')).body.data as SignedHead;
  t.match(empty, { tenantId: 'default', treeSize: 0, rootHash: /^e3b0c442/ });

  for (let person = 0; person < 7; person += 1) await recordRead(waymark, person);
  await caughtUp(waymark);
  const first = (await get(url, '/v1/audit/head')).body.data as SignedHead;
  t.equal(first.treeSize, 7);
  t.strictSame((await get(url, '/v1/audit/head')).body.data, first, 'nothing new, nothing signed');
  for (let person = 0; person < 4; person += 1) await recordRead(waymark, person);
  const linking = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { 'x-write-key': testWriteKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      batch: [
        { type: 'track', event: 'seen', anonymousId: 'a-1', messageId: 'm-1' },
        { type: 'identify', userId: 'person-1', anonymousId: 'a-1', messageId: 'm-2' },
      ],
    }),
  });
  t.equal(linking.status, 200);
  await caughtUp(waymark);
  const second = (await get(url, '/v1/audit/head')).body.data as SignedHead;
  t.equal(second.treeSize, 13, 'both sides of a link are entries too');

  await t.test('heads are signed with the key that is shown', async (t) => {
    const [key] = (await get(url, '/v1/audit/keys')).body.data as { keyId: string; publicKey: string }[];
    const publicKey = parsePublicKey(key?.publicKey ?? '');
    if (publicKey === undefined) throw new Error('no key');
    for (const head of [empty, first, second]) {
      t.equal(head.keyId, key?.keyId);
      t.ok(isSignedBy(head, publicKey));
      t.notOk(isSignedBy({ ...head, treeSize: head.treeSize + 1 }, publicKey));
    }
    t.strictSame((await get(url, '/v1/audit/heads')).body.data, [second, first, empty]);
  });

  /** As a parameter: what is recorded from now on does not count, looking at what is recorded of a person included. */
  const untilNow = async () => {
    const to = Date.now() + 1;
    while (Date.now() < to) await new Promise((resolve) => setImmediate(resolve));
    await caughtUp(waymark);
    return `&to=${new Date(to).toISOString()}`;
  };

  await t.test('entries say who, what, whom and why, by person, type and time', async (t) => {
    const all = (await get(url, '/v1/audit/entries?limit=500')).body.data as Record<string, unknown>[];
    t.equal(all.length, 13);
    t.strictSame(
      new Set(all.map(({ sequence }) => sequence)),
      new Set(Array.from({ length: 13 }, (_, n) => n)),
    );
    const before = await untilNow();
    const ofPerson = `/v1/audit/entries?userId=person-1${before}`;
    const reads = (await get(url, `${ofPerson}&type=personal-data-read.v1`)).body.data as Record<
      string,
      unknown
    >[];
    t.equal(reads.length, 2);
    t.match(reads[0], {
      actor: { keyId: 'k1', role: 'administrator' },
      action: 'profile-read',
      purpose: 'support',
      subjects: [waymark.application.subjectOf('default', 'user', 'person-1')],
      correlationId: 'request-1',
    });
    const about = (await get(url, ofPerson)).body.data as { type: string }[];
    t.strictSame(about.map(({ type }) => type).sort(), [
      'journey-linked.v1',
      'linked-to-user.v1',
      'personal-data-read.v1',
      'personal-data-read.v1',
    ]);
    t.strictSame((await get(url, '/v1/audit/entries?to=2020-01-01T00:00:00Z')).body.data, []);
    t.strictSame((await get(url, `/v1/audit/entries?subject=${subjectNumber(99)}`)).body.data, []);
  });

  await t.test('pages of entries hold each of them once', async (t) => {
    const before = await untilNow();
    for (const filter of [before, `${before}&userId=person-1`]) {
      const whole = (await get(url, `/v1/audit/entries?limit=500${filter}`)).body.data as unknown[];
      const paged: unknown[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await get(url, `/v1/audit/entries?limit=3${filter}${cursor}`);
        paged.push(...(body.data as unknown[]));
        if (!body.nextCursor) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      t.strictSame(paged, whole);
    }
  });

  await t.test('every entry is proved to be in both trees, and these to be one trail', async (t) => {
    for (const head of [first, second]) {
      for (let sequence = 0; sequence < head.treeSize; sequence += 1) {
        const path = `/v1/audit/proofs/inclusion?sequence=${sequence}&treeSize=${head.treeSize}`;
        const proof = (await get(url, path)).body.data as {
          leafHash: string;
          path: string[];
          rootHash: string;
        };
        t.equal(proof.rootHash, head.rootHash);
        const parts = { sequence, size: head.treeSize, path: proof.path.map(hex), root: hex(head.rootHash) };
        t.ok(provesInclusion({ leaf: hex(proof.leafHash), ...parts }));
      }
    }
    const proof = (await get(url, '/v1/audit/proofs/consistency?first=7&second=13')).body.data as {
      path: string[];
    };
    const roots = { firstRoot: hex(first.rootHash), secondRoot: hex(second.rootHash) };
    t.ok(provesConsistency({ first: 7, second: 13, path: proof.path.map(hex), ...roots }));
  });

  await t.test('what cannot be answered is refused with a code', async (t) => {
    const cases: [string, number, string][] = [
      ['/v1/audit/entries?subject=person-1', 400, 'invalid-parameter'],
      [`/v1/audit/entries?subject=${subjectNumber(1)}&userId=a`, 400, 'invalid-parameter'],
      ['/v1/audit/entries?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400, 'invalid-parameter'],
      ['/v1/audit/entries?cursor=abc', 400, 'invalid-cursor'],
      ['/v1/audit/proofs/inclusion', 400, 'invalid-parameter'],
      ['/v1/audit/proofs/inclusion?sequence=-1', 400, 'invalid-parameter'],
      ['/v1/audit/proofs/inclusion?sequence=1e99', 400, 'invalid-parameter'],
      // Far behind the end: looks at what is recorded of a person are entries too.
      ['/v1/audit/proofs/inclusion?sequence=100000', 404, 'not-found'],
      ['/v1/audit/proofs/inclusion?sequence=3&treeSize=3', 404, 'not-found'],
      ['/v1/audit/proofs/inclusion?sequence=3&treeSize=100000', 404, 'not-found'],
      ['/v1/audit/proofs/consistency?first=0&second=3', 400, 'invalid-parameter'],
      ['/v1/audit/proofs/consistency?first=4&second=3', 400, 'invalid-parameter'],
      ['/v1/audit/proofs/consistency?first=4&second=9007199254740991', 404, 'not-found'],
    ];
    for (const [path, status, code] of cases) t.match(await get(url, path), { status, body: { code } }, path);
    const answer = await fetch(`${url}/v1/audit/entries`);
    t.equal(answer.status, 401);
  });

  await t.test('a rebuild gives the same tree', async (t) => {
    await caughtUp(waymark);
    const last = (await get(url, '/v1/audit/head')).body.data as SignedHead;
    entries = last.treeSize;
    t.ok(entries > second.treeSize, 'looks at what is recorded of a person are entries too');
    await waymark.application.processors.rebuild('audit');
    for (;;) {
      const status = waymark.application.processors.statuses().find(({ name }) => name === 'audit');
      if (status?.state === 'running' && status.rebuildProgress === null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    t.strictSame((await get(url, '/v1/audit/head')).body.data, last);
  });

  await waymark.stop();
  t.equal((await stat(join(folder, 'audit.key'))).mode & 0o777, 0o600);
  const fine = await runProgram(['verify', '--audit'], folder);
  t.match(fine, {
    code: 0,
    output: new RegExp(
      `ok {5}audit trail: ${entries} entries of 1 tenants, 4 signed heads; without --anchor`,
    ),
  });
  t.match(await runProgram(['verify'], folder), { code: 0, output: /ok {5}audit trail/ });
  const anchor = join(folder, 'anchor.jsonl');
  await writeFile(anchor, `${JSON.stringify({ ...first, rootHash: second.rootHash })}\n`);
  t.match(await runProgram(['verify', '--audit', '--anchor', anchor], folder), {
    code: 1,
    output:
      /WRONG {2}audit trail.*\n +The signature of the anchored head of tenant default for 7 entries.* is not valid/,
  });
  t.match(await runProgram(['verify', '--anchor', anchor], folder), { code: 2, errors: /need --audit/ });
  t.match(await runProgram(['verify', '--audit', '--public-key', 'abc'], folder), {
    code: 1,
    output: /no Ed25519 public key/,
  });
});

t.test('heads wait for an anchor that cannot be reached, and come in their order', async (t) => {
  const received: SignedHead[] = [];
  let answerWith = 503;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (answerWith === 200) received.push(...parseAnchoredHeads(body));
      response.writeHead(answerWith, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const rig = await openAuditRig(testFolder(t), { anchor: httpAnchor(`http://127.0.0.1:${port}/heads`) });
  t.teardown(() => rig.close());
  for (const status of [503, 302, 200]) {
    answerWith = status;
    await rig.record(status);
    await rig.caughtUp();
    if (status === 200) await rig.heads.signAndAnchor();
    else await t.rejects(rig.heads.signAndAnchor());
  }
  t.strictSame(
    received.map(({ treeSize }) => treeSize),
    [1, 2, 3],
  );
  await rig.heads.signAndAnchor();
  t.equal(received.length, 3, 'nothing is sent twice');
});

t.test('a key file that holds something else is refused, and an own key is made once', async (t) => {
  const file = join(testFolder(t), 'audit.key');
  const made = await readOrCreateAuditKey(file);
  t.equal((await readOrCreateAuditKey(file)).keyId, made.keyId);
  await writeFile(file, 'nothing of the kind');
  await t.rejects(readOrCreateAuditKey(file), /restore it from its backup/);
  t.notMatch(String(await readFile(file)), /PRIVATE/);
});

t.test('a folder that has events and no trail yet is what it is', async (t) => {
  const folder = testFolder(t);
  const eventStore = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: Date.now });
  const event = { id: randomUUID(), type: 'page-viewed.v1', data: {}, metadata: {} };
  await eventStore.appendToStream('journey-default_x', [event], 'noStream');
  await eventStore.close();
  await (await openKeyFolder(testConfiguration(join(folder, 'empty')))).close();
  for (const name of ['root.key', 'keys']) await rename(join(folder, 'empty', name), join(folder, name));
  t.match(await runProgram(['verify', '--audit'], folder), {
    code: 0,
    output: /0 entries of 0 tenants, 0 signed/,
  });
});

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
