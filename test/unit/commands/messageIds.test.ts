import t from 'tap';
import { impersonalMessageId } from '../../../src/commands/messageIds.js';

const subjectOf = (tenantId: string, kind: string, value: string) => `${tenantId}|${kind}|${value.length}`;
const idOf = (messageId: string, ...senders: string[]) =>
  impersonalMessageId('default', messageId, senders, subjectOf);

t.test(
  'an id that says who sent it, how to reach them, or what it is a digest of, is replaced as a whole',
  async (t) => {
    for (const [messageId, sender] of [
      ['ada@example.com-1', 'someone'],
      ['ada%40example.com:17', 'someone'],
      ['call +49 30 12345678', 'someone'],
      ['+493012345678-4', 'someone'],
      ['from 203.0.113.7', 'someone'],
      ['order-ada.lovelace-17', 'ada.lovelace'],
      ['ada-17', 'ada'],
      ['7', '7'],
      ['0b7e2a58-6f0c-4a63-9d39-1f0d6b5a3c11', '0b7e2a58-6f0c-4a63-9d39-1f0d6b5a3c11'],
      ['content-9f86d081884c7d659a2feaa0c55ad015', 'someone'],
    ] as const) {
      t.equal(idOf(messageId, sender), `personal-default|message|${messageId.length}`, messageId);
    }
  },
);

t.test('others stand as they came', async (t) => {
  for (const [messageId, sender] of [
    ['0b7e2a58-6f0c-4a63-9d39-1f0d6b5a3c11', '0b7'],
    ['ajs-next-1700000000000-0b7e2a58', 'ada'],
    ['lesson-17', 'ess'],
  ] as const) {
    t.equal(idOf(messageId, sender), messageId);
  }
});
