import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

t.setTimeout(120_000);

type Message = Readonly<Record<string, unknown>>;

/** Name and digest of every file, so that a key or a file that was made shows. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile())
      files[name] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
  }
  return files;
}

t.test('a dry run changes nothing and answers what really happens then', async (t) => {
  const folder = testFolder(t);
  const waymark = await startTestWaymark(folder);
  t.teardown(() => waymark.stop());
  const { stores, application } = waymark;
  const { subjectOf, processors } = application;

  async function send(path: string, batch: readonly Message[], headers: Record<string, string> = {}) {
    const answer = await fetch(waymark.url + path, {
      method: 'POST',
      headers: { 'x-write-key': testWriteKey, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ batch }),
    });
    t.equal(answer.status, 200);
    const { position: _, ...account } = (await answer.json()) as Record<string, unknown>;
    return account;
  }
  const as = (url: string, token: string, body: object) =>
    fetch(waymark.url + url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then(async (answer) => t.ok(answer.ok, `${url}: ${await answer.text()}`));
  const seen = (person: Message, more: Message = {}) => ({
    type: 'track',
    event: 'Seen',
    ...person,
    ...more,
  });

  await send('/v1/batch', [
    seen({ userId: 'known' }, { messageId: 'known-1' }),
    seen({ userId: 'mia-with-id' }, { messageId: 'mia-with-id/1' }),
    seen({ userId: 'gone' }),
    seen({ userId: 'restricted' }),
    seen({ userId: 'refuser' }),
  ]);
  await as('/v1/profiles/restricted/restriction', testAdminToken, { restricted: true });
  const refusal = { decision: 'withdraw', purpose: 'analytics' };
  await as('/v1/consents', testWriteKey, { ...refusal, userId: 'refuser' });
  await as('/v1/consents', testWriteKey, { ...refusal, anonymousId: 'refusing-visitor' });
  await stores.keyStore.destroy('default', [subjectOf('default', 'user', 'gone')], Date.now());
  await waymark.application.erasureParts.journeys.suspend('default', [subjectOf('default', 'user', 'gone')]);
  const quiet = async () => {
    while (!(await processors.caughtUp())) await new Promise((resolve) => setImmediate(resolve));
  };

  const dialogue = (analytics: boolean) => ({ context: { consent: { categoryPreferences: { analytics } } } });
  const cases: [
    name: string,
    batch: readonly Message[],
    expected: object,
    headers?: Record<string, string>,
  ][] = [
    ['somebody new', [seen({ userId: 'new' }), seen({ anonymousId: 'new' })], { accepted: 2, suppressed: 0 }],
    ['known twice', [seen({ userId: 'known' }, { messageId: 'known-1' })], { accepted: 0, duplicates: 1 }],
    [
      'an id made of the user id',
      [seen({ userId: 'mia-with-id' }, { messageId: 'mia-with-id/1' })],
      { accepted: 0, duplicates: 1 },
    ],
    [
      'twice in one batch',
      [seen({ userId: 'n2' }, { messageId: 'x' }), seen({ userId: 'n2' }, { messageId: 'x' })],
      { accepted: 1, duplicates: 1 },
    ],
    ['somebody erased', [seen({ userId: 'gone' }), seen({ userId: 'gone' })], { accepted: 0, suppressed: 2 }],
    ['somebody restricted', [seen({ userId: 'restricted' })], { accepted: 0, suppressed: 1 }],
    ['who refused', [seen({ userId: 'refuser' })], { accepted: 0, suppressed: 1 }],
    ['who refuses now', [seen({ userId: 'n3' }, dialogue(false))], { accepted: 0, suppressed: 1 }],
    ['who agrees now', [seen({ userId: 'refuser' }, dialogue(true))], { accepted: 1, suppressed: 0 }],
    [
      'who refused as a visitor',
      [{ type: 'identify', userId: 'n4', anonymousId: 'refusing-visitor' }],
      { accepted: 0, suppressed: 1 },
    ],
    [
      'whom an alias names',
      [{ type: 'alias', userId: 'n5', previousId: 'nobody-knows' }],
      { accepted: 1, suppressed: 0 },
    ],
    ['a signal against sale', [seen({ userId: 'n6' })], { accepted: 1, suppressed: 0 }, { 'sec-gpc': '1' }],
    ['what is no event', [{ type: 'track', userId: 'n7' }], { accepted: 0, rejected: [{ index: 0 }] }],
  ];
  for (const [name, batch, expected, headers] of cases) {
    await t.test(name, async (t) => {
      await quiet();
      const sentAt = new Date().toISOString();
      // Times of their own, so that the same content is the same message.
      const timed = batch.map((message) => ({ timestamp: sentAt, ...message }));
      const [files, head] = [await filesOf(join(folder, 'keys')), await stores.eventStore.head()];
      const checked = await send('/v1/debug/batch', timed, headers);
      t.strictSame(await filesOf(join(folder, 'keys')), files, 'no key is made');
      t.strictSame(await stores.eventStore.head(), head, 'nothing is recorded');
      t.match(checked, expected);
      t.strictSame(await send('/v1/batch', timed, headers), checked, 'and that is what happens');
    });
  }
});
