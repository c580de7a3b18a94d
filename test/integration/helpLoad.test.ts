import t from 'tap';
import { startWaymark } from '../../src/composition/waymark.js';
import { defaultHelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import { createLogger } from '../../src/http/logger.js';
import { startLanguageModel } from '../support/languageModel.js';
import { testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { testConfiguration } from '../support/waymark.js';
import { allEvents } from '../support/writeSide.js';

const people = 400;
const askedAtOnce = 16;

t.test('while a model does not answer, all whom it is not asked for are helped from templates', async (t) => {
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const model = await startLanguageModel(t, async () => {
    await answered;
    return { does: 'refuses' };
  });
  const { url, stop, application, stores } = await startWaymark(
    {
      ...testConfiguration(testFolder(t)),
      models: [
        {
          provider: 'openai',
          model: 'slow',
          apiKey: 'sk-test-0123456789',
          baseUrl: `${model.url}/v1`,
          price: null,
        },
      ],
    },
    createLogger('silent'),
  );
  t.teardown(stop);
  const models = { ...defaultHelpPolicy.models, deadline: 30_000 };
  const policy = { version: 0, policy: { ...defaultHelpPolicy, models }, at: 0, by: 'test' };
  await application.help.policies.execute('default', { type: 'ChangeHelpPolicy', data: policy }, 'test');
  const stuck = (person: number) => ({
    ...{ type: 'track', userId: `person-${person}`, event: 'Export Failed' },
    properties: { feature: 'export', attemptCount: 3 },
  });
  const sent = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch: Array.from({ length: people }, (_, person) => stuck(person)) }),
  });
  t.match(await sent.json(), { accepted: people });
  const figure = async (name: string, processor: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{processor="${processor}"\\} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const events = async () => (await allEvents(stores.eventStore)).map(({ event }) => event);
  const delivered = async () =>
    (await events()).filter(({ type }) => type === 'InterventionDelivered').length;
  // The log is read only where nothing but what is asked of the model seems to be left.
  const isLeft = (left: number) =>
    application.processors
      .statuses()
      .every(({ name, waiting }) => waiting === (name === 'write-help' ? left : 0));
  const helped = async (left: number) => isLeft(left) && (await delivered()) === people - left;
  await until(() => helped(askedAtOnce), 'all others are helped', 25_000);
  t.equal(await figure('waymark_processor_waiting_events', 'write-help'), askedAtOnce, 'who waits is shown');
  t.ok((await figure('waymark_processor_lag_seconds', 'write-help')) > 0, 'and for how long');
  t.equal((await fetch(`${url}/readyz`)).status, 200);

  answer();
  await until(() => helped(0), 'and then the rest');
  const reasons = (await events()).flatMap((event) =>
    event.type === 'TextGenerated' ? [event.data.fallbackReason] : [],
  );
  t.equal(reasons.length, people);
  t.equal(reasons.filter((reason) => reason === 'model-refused').length, askedAtOnce);
  t.ok(
    reasons.every((reason) => ['model-refused', 'no-free-slot', 'too-late'].includes(String(reason))),
    'why it was a template is recorded',
  );
  await until(() => application.processors.caughtUp(), 'everything is done');
  t.equal(await figure('waymark_processor_waiting_events', 'write-help'), 0);
});
