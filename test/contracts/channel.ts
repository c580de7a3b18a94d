import { inspect } from 'node:util';
import type { Test } from 'tap';
import type { Channel, ChannelMessage, ChannelOutcome } from '../../src/commands/channel.js';
import type { CallLimits, ProviderChannel } from '../../src/integrations/channels/providerChannel.js';
import { until } from '../support/until.js';

/** How a provider's stand-in behaves from now on. */
export type Behaviour = 'takes' | 'refuses the message' | 'fails for now' | 'asks to wait 7 s' | 'is silent';

/** A channel before a stand-in for its provider, which speaks the provider's documented language. */
export interface ProviderRig {
  readonly channel: ProviderChannel;
  /** A valid address, and one that is none; null for what needs none. */
  readonly address: ChannelMessage['address'];
  readonly invalidAddress: ChannelMessage['address'];
  behave(behaviour: Behaviour): void;
  /** What arrived, each as the provider tells repetitions apart; null where it cannot. */
  arrived(): readonly (string | null)[];
  /** Why this provider never asks to wait. */
  readonly neverAsksToWait?: string;
}

export const contractNow = 1_764_000_000_000;
const signal = new AbortController().signal;

export const contractMessage: ChannelMessage = {
  idempotencyKey: 'decision-1.first-help',
  tenantId: 'default',
  subject: 'f00d',
  language: 'en',
  title: 'Would a hint help, Ada Lovelace?',
  body: 'We are glad to give one: https://app.example/help?topic=1&step=2 (or ask <us>).',
  expiresAt: contractNow + 600_000,
  address: null,
  links: {
    open: 'https://waymark.example/v1/o/tok',
    unsubscribe: 'https://waymark.example/v1/unsubscribe/tok',
    click: (url) => `https://waymark.example/v1/c/${Buffer.from(url).toString('base64url')}`,
  },
  data: { interventionId: 'decision-1.first-help', strategyId: 'first-help', featureId: 'checkout' },
};

/** What every channel promises. */
export async function channelContract(
  t: Test,
  channel: Channel,
  address: ChannelMessage['address'],
): Promise<void> {
  const message = { ...contractMessage, address };

  await t.test('takes a message', async (t) => {
    t.match(await channel.send(message, signal), { outcome: 'accepted' });
  });
  await t.test('takes the same message again', async (t) => {
    t.match(await channel.send(message, signal), { outcome: 'accepted' });
  });
  await t.test('refuses an expired message for good, with a code', async (t) => {
    const expired = { ...message, idempotencyKey: 'decision-2.first-help', expiresAt: contractNow };
    const outcome = { outcome: 'failed', reason: 'expired', permanent: true };
    t.strictSame(await channel.send(expired, signal), outcome);
  });
}

/** What every channel with a provider promises besides. */
export async function providerContract(
  t: Test,
  open: (t: Test, limits: Partial<CallLimits>) => Promise<ProviderRig>,
): Promise<void> {
  const rigFor = async (t: Test, limits: Partial<CallLimits> = {}) => {
    const rig = await open(t, { timeout: 5000, ...limits });
    t.teardown(() => rig.channel.close());
    const send = (changes: Partial<ChannelMessage> = {}) =>
      rig.channel.send({ ...contractMessage, address: rig.address, ...changes }, signal);
    return { ...rig, send };
  };
  const reasonIn = (outcome: ChannelOutcome) => ('reason' in outcome ? outcome.reason : outcome.outcome);

  await t.test('what every channel promises', async (t) => {
    const rig = await rigFor(t);
    await channelContract(t, rig.channel, rig.address);
    const [first, second, ...others] = rig.arrived();
    t.strictSame(others, [], 'what is expired goes nowhere');
    t.equal(first, second, 'a repetition says that it is one');
    if (rig.channel.deduplicates) t.ok(first, 'the provider can tell it');
  });

  await t.test('an address that is none is refused for good, and nobody is asked', async (t) => {
    const rig = await rigFor(t);
    if (rig.channel.addressedBy === null) return t.plan(0, 'needs no address');
    for (const address of [rig.invalidAddress, null, '', 'a@b.example\r\nBcc: c@d.example', { a: 1 }]) {
      t.match(await rig.send({ address }), {
        outcome: 'failed',
        permanent: true,
        suppress: 'invalid-address',
      });
    }
    t.strictSame(rig.arrived(), []);
  });

  await t.test('what will not mend is told apart from what may', async (t) => {
    const rig = await rigFor(t);
    rig.behave('refuses the message');
    t.match(await rig.send(), { outcome: 'failed', permanent: true });
    rig.behave('fails for now');
    t.match(await rig.send(), { outcome: 'failed', permanent: false });
    rig.behave('takes');
    t.match(await rig.send(), { outcome: 'accepted' });
  });

  await t.test('how long it asks to be left alone stands in the outcome', async (t) => {
    const rig = await rigFor(t);
    if (rig.neverAsksToWait !== undefined) return t.plan(0, rig.neverAsksToWait);
    rig.behave('asks to wait 7 s');
    t.match(await rig.send(), { outcome: 'failed', permanent: false, retryAfter: 7000 });
  });

  await t.test('silence ends in time, and what became of the message is then unknown', async (t) => {
    const rig = await rigFor(t, { timeout: 100 });
    rig.behave('is silent');
    const error: unknown = await rig.send().catch((thrown: unknown) => thrown);
    t.match(error, { name: 'DeliveryUnknown', code: 'delivery-unknown' });
    t.notMatch(inspect(error, { depth: 9 }), /Ada|hint|@|\+49|app\.example/, 'it says nothing of anyone');
  });

  await t.test('whoever gives up waiting is told at once', async (t) => {
    const rig = await rigFor(t);
    rig.behave('is silent');
    const giving = new AbortController();
    const sending = rig.channel.send({ ...contractMessage, address: rig.address }, giving.signal);
    await until(() => rig.arrived().length > 0, 'it arrived');
    giving.abort();
    await t.rejects(sending, { code: 'delivery-unknown' });
  });

  await t.test('a provider that keeps failing is spared, then tried again', async (t) => {
    const rig = await rigFor(t, { rest: 200 });
    rig.behave('fails for now');
    const reasons = new Set<string>();
    await until(async () => {
      reasons.add(reasonIn(await rig.send()));
      return rig.channel.breaker() === 'open';
    }, 'the breaker is open');
    const before = rig.arrived().length;
    t.match(await rig.send(), { reason: 'provider-resting', permanent: false, retryAfter: 200 });
    t.equal(rig.arrived().length, before);
    for (const reason of reasons) t.match(reason, /^[a-z0-9.-]{1,60}$/);
    rig.behave('takes');
    await until(async () => (await rig.send()).outcome === 'accepted', 'it is tried again');
    t.equal(rig.channel.breaker(), 'closed');
  });

  await t.test('no more than so many calls at once; the others do not wait', async (t) => {
    const rig = await rigFor(t, { concurrency: 3 });
    rig.behave('is silent');
    const giving = new AbortController();
    const message = { ...contractMessage, address: rig.address };
    const held = [1, 2, 3].map(() => rig.channel.send(message, giving.signal).catch(() => 'unknown'));
    for (let more = 0; more < 5; more++) {
      t.match(await rig.send(), { reason: 'provider-busy', permanent: false });
    }
    t.equal(rig.channel.inFlight(), 3);
    await until(() => rig.arrived().length === 3, 'the three arrived');
    giving.abort();
    t.strictSame(await Promise.all(held), ['unknown', 'unknown', 'unknown']);
    t.equal(rig.channel.inFlight(), 0);
    t.equal(rig.arrived().length, 3);
  });

  await t.test('a message of any length is bounded', async (t) => {
    const rig = await rigFor(t);
    t.match(await rig.send({ body: 'x'.repeat(70_000) }), { reason: 'too-long', permanent: true });
    t.strictSame(rig.arrived(), []);
  });
}
