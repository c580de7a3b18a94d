import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { templateTextGenerator } from '../../src/integrations/templates/templateTextGenerator.js';
import { eraseByRequest, requestConcluded, requestOf } from '../support/erasures.js';
import { openRetentionSide } from '../support/retention.js';
import { testWriteKey } from '../support/serverProcess.js';
import { allEvents } from '../support/writeSide.js';

const ada = { userId: 'ada-lovelace' };

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`);
    await setTimeout(10);
  }
}

/** The whole product, in which the text of an offer to ada waits for `release`. */
async function openWording(t: Test) {
  const { generate } = templateTextGenerator;
  let isWording = false;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  t.intercept(templateTextGenerator, 'generate', {
    value: async (...asked: Parameters<typeof generate>): ReturnType<typeof generate> => {
      isWording = true;
      await held;
      return generate(...asked);
    },
  });
  const side = await openRetentionSide(t);
  // Before the server is stopped, which waits for what is under way.
  t.teardown(release);
  const failed = (attempt: number) => ({
    ...{ type: 'track', ...ada, event: 'Quiz Failed', messageId: `failed-${attempt}` },
    properties: { feature: 'quiz', error: `E${attempt}` },
  });
  const batch = Array.from({ length: 8 }, (_, attempt) => failed(attempt));
  const sent = await fetch(`${side.waymark.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testWriteKey}` },
    body: JSON.stringify({ batch }),
  });
  t.equal(sent.status, 200);
  await until(() => isWording, 'a text is asked for');
  const settled = async () => {
    await until(() => side.waymark.application.processors.caughtUp(), 'everything has been seen');
  };
  const typesOfHelp = async () => {
    const events: DomainEvent[] = (await allEvents(side.waymark.stores.eventStore)).map(({ event }) => event);
    return events.map(({ type }) => type).filter((type) => type.startsWith('Intervention'));
  };
  return { ...side, release, settled, typesOfHelp };
}

t.test(
  'of an offer that is worded while its person is erased neither document nor delivery is left',
  async (t) => {
    const { waymark, release, settled, typesOfHelp, get, subjectOf, rebuilt } = await openWording(t);
    const { keyStore } = waymark.stores;
    const subject = subjectOf(ada.userId);
    const requestId = await eraseByRequest(waymark.url, ada.userId);
    await until(
      async () => (await keyStore.find('default', subject))?.is === 'destroyed',
      'the key is destroyed',
    );
    const statusNow = async () => (await requestOf(waymark.url, requestId)).request_status;
    const enough = Date.now() + 1000;
    while (Date.now() < enough && (await statusNow()) === 'in_progress') await setTimeout(20);
    t.equal(await statusNow(), 'in_progress', 'the erasure waits for the wording');
    release();
    t.equal(await requestConcluded(waymark.url, requestId), 'completed');
    await settled();
    const nothingIsLeft = async (when: string) => {
      t.strictSame((await get('/v1/interventions')).body.data, [], when);
      t.equal((await waymark.application.processors.subjectsFound('default', [subject])).size, 0, when);
    };
    await nothingIsLeft('after the erasure');
    t.notOk((await typesOfHelp()).includes('InterventionDelivered'));
    await rebuilt('interventions', 'profiles');
    await nothingIsLeft('after a rebuild');
  },
);

t.test('what is worded while its person withdraws is not delivered', async (t) => {
  const { waymark, release, settled, typesOfHelp, get } = await openWording(t);
  const withdrawn = await fetch(`${waymark.url}/v1/consents`, {
    method: 'POST',
    headers: { 'x-write-key': testWriteKey, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ada, decision: 'withdraw', purpose: 'personalisation' }),
  });
  t.equal(withdrawn.status, 200);
  release();
  await until(async () => (await typesOfHelp()).includes('InterventionDeclined'), 'the offer is withheld');
  await settled();
  t.ok(
    (await typesOfHelp()).every((type) => type === 'InterventionDeclined'),
    'nor proposed',
  );
  t.strictSame((await get(`/v1/profiles/${ada.userId}/inbox`)).body.data, []);
});
