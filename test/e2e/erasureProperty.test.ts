import { createHash } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readReceipt } from '../../src/commands/erasureReceipt.js';
import { startWaymark, type Waymark } from '../../src/composition/waymark.js';
import type { Document, DocumentCursor, DocumentPage } from '../../src/documentStore/documentStore.js';
import { createLogger } from '../../src/http/logger.js';
import { type Canaries, canariesOf, found } from '../support/canaries.js';
import { eraseByRequest, requestConcluded, requestOf } from '../support/erasures.js';
import { receiptOf } from '../support/receipts.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { testConfiguration } from '../support/waymark.js';

const seed = Number(process.env.SEED ?? Date.now()) % 2 ** 31;
const runs = 4;

/** The first is erased. */
const people = ['erased', 'other', 'third'] as const;
const personal = ['email', 'fullName', 'street', 'phone'] as const;
const readModels = ['profiles', 'sessions', 'struggles', 'interventions', 'videos', 'quarantine'];
const collections = [...readModels.filter((name) => name !== 'videos'), 'videoEngagements'];

const someone = fc.integer({ min: 0, max: people.length - 1 });
const step = fc.oneof(
  fc.record({
    is: fc.constantFrom('visit', 'identify', 'track', 'struggle', 'consent', 'reject', 'crowd'),
    who: someone,
  }),
  fc.record({ is: fc.constant('join'), who: someone, into: someone }),
);
type Step = { readonly is: string; readonly who: number; readonly into?: number };
const afterwards = fc.constantFrom('rebuild', 'restart', 'late', 'restore');

const journeys = fc.record({
  marks: fc.uniqueArray(fc.integer({ min: 2 ** 40, max: 2 ** 47 }), { minLength: 3, maxLength: 3 }),
  before: fc.array(step, { maxLength: 8 }),
  since: fc.array(step, { maxLength: 8 }),
  later: fc.array(afterwards, { minLength: 1, maxLength: 4 }),
});

/** What one step sends. Everything that clients can say of a person holds values of theirs. */
function messagesOf({ is, who, into = who }: Step, canaries: readonly Canaries[], at: number): object[] {
  const person = canaries[who] ?? canariesOf('nobody', '0');
  const { userId, anonymousId, email, fullName, street, phone } = person;
  const messageId = `${at % 2 === 0 ? email : userId}-${at}`;
  const visitorsId = `${at % 2 === 0 ? email : anonymousId}-${at}`;
  switch (is) {
    case 'visit':
      return [
        {
          type: 'page',
          anonymousId,
          messageId: visitorsId,
          properties: { url: `https://shop.example/?email=${email}` },
        },
      ];
    case 'identify':
      return [
        {
          type: 'identify',
          userId,
          anonymousId,
          messageId,
          traits: { email, name: fullName, phone, address: { street } },
        },
      ];
    case 'struggle':
      return [1, 2, 3, 4].map((count) => ({
        ...{ type: 'track', userId, event: 'Quiz Failed', messageId: `${messageId}-${count}` },
        properties: { feature: 'quiz', error: `call ${phone}` },
      }));
    case 'consent':
      return [
        {
          ...{ type: 'track', userId, event: 'Chosen', messageId, properties: { note: email } },
          context: { consent: { categoryPreferences: { Advertising: false } } },
        },
      ];
    case 'reject':
      return [
        { type: 'track', userId, messageId, traits: { email }, properties: { street } },
        {
          type: 'track',
          properties: { userId: canaries[into]?.userId, street },
          anonymousId,
          messageId: visitorsId,
        },
      ];
    case 'crowd':
      return Array.from({ length: 510 }, (_, count) => ({
        ...{ type: 'track', userId, event: 'Form Sent', messageId: `${messageId}-${count}` },
        properties: { contact: email },
      }));
    case 'join':
      return [{ type: 'alias', userId: canaries[into]?.userId, previousId: userId, messageId }];
    default:
      return [
        {
          type: 'track',
          userId,
          event: 'Form Sent',
          messageId,
          properties: { contact: email, note: `call ${phone}` },
        },
      ];
  }
}

/** Those who are one person with the first, by what aliases say. */
function joinedWithFirst(steps: readonly Step[]): ReadonlySet<number> {
  const joined = new Set([0]);
  for (let round = 0; round < people.length; round++) {
    for (const { is, who, into = who } of steps) {
      if (is === 'join' && (joined.has(who) || joined.has(into))) joined.add(who).add(into);
    }
  }
  return joined;
}

async function call(url: string, method: string, path: string, body?: object, key = testAdminToken) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

async function sendAll(url: string, messages: readonly object[]): Promise<string> {
  let answers = '';
  for (let from = 0; from < messages.length; from += 200) {
    const batch = messages.slice(from, from + 200);
    const { status, text } = await call(url, 'POST', '/v1/batch', { batch }, testWriteKey);
    if (status !== 200) throw new Error(`events were answered ${status}`);
    answers += text;
  }
  return answers;
}

/** What read models hold of all but these subjects of the default tenant, and what of it can be read. */
async function heldOf({ application, stores }: Waymark, except: ReadonlySet<string>): Promise<string> {
  await application.processors.caughtUp();
  const lines: string[] = [];
  for (const logical of collections) {
    const name = application.processors.liveCollection(logical);
    let after: DocumentCursor | undefined;
    do {
      const page: DocumentPage<Document & { tenantId: string; subject?: string }> =
        await stores.documentStore.find(name, { limit: 500, ...(after && { after }) });
      for (const document of page.documents) {
        const { tenantId, subject } = document;
        // What an erased person goes on to send wrongly is counted, without its content.
        if (tenantId === 'default' && (subject === undefined || except.has(subject))) continue;
        const text = JSON.stringify(document);
        const sealed = text.match(/sealed:v1:[\w:-]+/g) ?? [];
        lines.push(`${logical} ${text} ${JSON.stringify(await application.openSealed(tenantId, sealed))}`);
      }
      after = page.next;
    } while (after !== undefined);
  }
  return lines.join('\n');
}

function firstDifference(one: string, other: string): string {
  const others = new Set(other.split('\n'));
  return one.split('\n').find((line) => !others.has(line)) ?? 'lack something';
}

t.test(`whatever was recorded and whatever is done, an erasure holds (SEED=${seed})`, async (t) => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(journeys, async ({ marks, before, since, later }) => {
      const folder = testFolder(t, {});
      run += 1;
      const data = join(folder, `data-${run}`);
      const backup = join(folder, `backup-${run}`);
      const configuration = { ...testConfiguration(data), erasureLedger: join(folder, `ledger-${run}`) };
      const start = () => startWaymark(configuration, createLogger('silent'));
      // A hash, so that marks of which most digits agree give values of which none do.
      const markOf = (at: number) => createHash('sha256').update(`${marks[at]}`).digest('hex').slice(0, 12);
      const canaries = people.map((name, at) => canariesOf(name, markOf(at)));
      const [erased] = canaries;
      if (erased === undefined) throw new Error('nobody is erased');
      let waymark = await start();
      try {
        const elsewhere = (at: number, userId: string, email: string) =>
          waymark.application.ingestMessages({
            ...{
              tenantId: 'elsewhere',
              correlationId: 'c',
              source: 'segment',
              receivedAt: Date.now(),
              rejected: [],
            },
            messages: [
              {
                index: 0,
                kind: 'identify',
                messageId: `e${at}`,
                userId,
                occurredAt: Date.now(),
                traits: { email },
              },
            ],
          });
        let at = 0;
        const record = async (steps: readonly Step[]) => {
          for (const one of steps) await sendAll(waymark.url, messagesOf(one, canaries, at++));
        };
        // Nobody is a person of whom nothing is known.
        await record([0, 1, 2].map((who) => ({ is: 'identify', who })));
        for (const { userId, email } of canaries) await elsewhere(at++, userId, email);
        await record(before);
        await waymark.application.processors.caughtUp();
        await waymark.stop();
        await cp(data, backup, { recursive: true });
        waymark = await start();
        await record(since);

        const subjectsOf = (who: number) => {
          const { userId, anonymousId } = canaries[who] ?? erased;
          const { subjectOf } = waymark.application;
          return [subjectOf('default', 'user', userId), subjectOf('default', 'anonymous', anonymousId)];
        };
        const joined = [...joinedWithFirst([...before, ...since])];
        const except = new Set(joined.flatMap(subjectsOf));
        let expected = await heldOf(waymark, except);

        const requestId = await eraseByRequest(waymark.url, erased.userId);
        if ((await requestConcluded(waymark.url, requestId)) !== 'completed') throw new Error('not erased');
        const { receipt, publicKey } = await receiptOf(
          await requestOf(waymark.url, requestId),
          waymark.url,
          testAdminToken,
        );
        const { subjects } = readReceipt(receipt, publicKey);
        const mine = subjectsOf(0);
        if (
          !Array.isArray(subjects) ||
          subjects.some((one) => typeof one !== 'string' || !mine.includes(one))
        )
          throw new Error('somebody else was erased too');

        const check = async (when: string) => {
          const inFiles = await found(data, erased);
          if (inFiles.length > 0) throw new Error(`${when}: ${inFiles.join(', ')}`);
          for (const path of ['profiles', 'struggles', 'interventions', 'quarantine', 'sessions']) {
            const { text } = await call(waymark.url, 'GET', `/v1/${path}?limit=500`);
            for (const name of personal)
              if (text.includes(erased[name])) throw new Error(`${when}: ${name} in ${path}`);
          }
          const held = await heldOf(waymark, except);
          if (held !== expected)
            throw new Error(`${when}: others are not as before but ${firstDifference(held, expected)}`);
        };
        await check('after the erasure');
        for (const [place, what] of later.entries()) {
          if (what === 'late') {
            const late = ['visit', 'identify', 'track', 'reject'].map((is) => ({ is, who: 0 }));
            for (const one of late) {
              const answer = await sendAll(waymark.url, messagesOf(one, canaries, at++));
              if (one.is !== 'reject' && !answer.includes('"accepted":0'))
                throw new Error(`${one.is} was taken`);
            }
          } else if (what === 'rebuild') {
            for (const model of readModels) await waymark.application.processors.rebuild(model);
            await waymark.application.processors.caughtUp();
          } else {
            await waymark.stop();
            if (what === 'restore') {
              await rm(data, { recursive: true });
              await cp(backup, data, { recursive: true });
            }
            waymark = await start();
            if (what === 'restore') expected = await heldOf(waymark, except);
          }
          await check(`after ${later.slice(0, place + 1).join(', ')}`);
        }
        // Who was joined with the erased one goes on.
        for (const who of joined.filter((each) => each !== 0)) {
          await sendAll(waymark.url, messagesOf({ is: 'track', who }, canaries, at++));
          await waymark.application.processors.caughtUp();
          const { text } = await call(waymark.url, 'GET', `/v1/profiles/${canaries[who]?.userId}/journey`);
          if (!text.includes(canaries[who]?.email ?? ''))
            throw new Error(`${people[who]} went along: ${text}`);
        }
      } finally {
        await waymark.stop();
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { seed, numRuns: runs, endOnFailure: true },
  );
});
