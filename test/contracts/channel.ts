import type { Test } from 'tap';
import type { Channel, ChannelMessage } from '../../src/commands/channel.js';

/** What every channel promises. `now` is its clock. */
export async function channelContract(t: Test, channel: Channel, now: number): Promise<void> {
  const message: ChannelMessage = {
    idempotencyKey: 'ada.s1.first-help',
    tenantId: 'default',
    subject: 'ada',
    language: 'en',
    title: 'Would a hint help?',
    body: 'We are glad to give one.',
    expiresAt: now + 1000,
  };

  await t.test('takes a message', async (t) => {
    t.strictSame(await channel.send(message), { outcome: 'accepted' });
  });
  await t.test('takes the same message again', async (t) => {
    t.strictSame(await channel.send(message), { outcome: 'accepted' });
  });
  await t.test('refuses an expired message for good, with a code', async (t) => {
    t.strictSame(await channel.send({ ...message, idempotencyKey: 'ada.s2.first-help', expiresAt: now }), {
      outcome: 'failed',
      reason: 'expired',
    });
  });
}
