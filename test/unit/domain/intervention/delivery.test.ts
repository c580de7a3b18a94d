import fc from 'fast-check';
import t from 'tap';
import type { ConsentChannel } from '../../../../src/domain/consent/events.js';
import { CodedError } from '../../../../src/domain/errors.js';
import type { InterventionCommand } from '../../../../src/domain/intervention/commands.js';
import { decide } from '../../../../src/domain/intervention/decide.js';
import { nextStep, retryAtAfter } from '../../../../src/domain/intervention/delivery.js';
import type { InterventionEvent, InterventionProposed } from '../../../../src/domain/intervention/events.js';
import { evolve, initialState, type Offered } from '../../../../src/domain/intervention/evolve.js';
import { asProposed } from '../../../support/helpEvents.js';

const about = { interventionId: 'd1.by-mail', subject: 'ada' };
const proposed: InterventionProposed = {
  type: 'InterventionProposed',
  data: {
    ...about,
    ...asProposed,
    ...{ strategy: 'by-mail', struggleId: 's1', featureId: 'export', signalType: null, severity: null },
    ...{ channel: 'email', alternatives: ['sms', 'in_app'], language: 'en', title: 't', body: 'b' },
    ...{ author: { kind: 'template', name: 'test', version: 1 }, expiresAt: 1_000_000 },
  },
};
const smtp = { channel: 'email', provider: 'smtp', deduplicates: false } as const;
const ses = { channel: 'email', provider: 'ses', deduplicates: true } as const;
const twilio = { channel: 'sms', provider: 'twilio', deduplicates: false } as const;
const inbox = { channel: 'in_app', provider: 'inbox', deduplicates: true } as const;
const ways = [smtp, ses, twilio, inbox];
const actor = { keyId: 'k1', role: 'administrator' };

interface Way {
  readonly channel: ConsentChannel;
  readonly provider: string;
}
const start = ({ channel, provider }: Way, attempt = 1, address: string | null = null) =>
  ({ type: 'StartDelivery', data: { channel, provider, attempt, address } }) as const;
const fail = ({ channel, provider }: Way, changes: object = {}) => {
  const data = { channel, provider, attempt: 1, reason: 'http-503', permanent: false, now: 0, ...changes };
  return { type: 'FailDelivery', data } as const;
};
const close = (channel: ConsentChannel) =>
  ({ type: 'CloseChannel', data: { channel, provider: 'none', reason: 'no-address' } }) as const;
const deliver = ({ channel, provider }: Way) =>
  ({ type: 'MarkDelivered', data: { channel, provider, providerMessageId: 'p1' } }) as const;
const giveUp = { type: 'MarkFailed', data: { reason: 'http-503' } } as const;
const resend = { type: 'ResendIntervention', data: { actor, now: 5 } } as const;
type News = 'delivered' | 'hard' | 'soft' | 'complaint' | 'opened' | 'clicked';
const news = ({ channel, provider }: Way, what: News) =>
  ({ type: 'RecordDeliveryNews', data: { channel, provider, news: what } }) as const;

function stateAfter(
  commands: readonly InterventionCommand[],
  given: readonly InterventionEvent[] = [proposed],
): Offered {
  const events: InterventionEvent[] = [...given];
  for (const command of commands) events.push(...decide(command, events.reduce(evolve, initialState)));
  const state = events.reduce(evolve, initialState);
  if (!('proposal' in state)) throw new Error('nothing was proposed');
  return state;
}
const when = (given: readonly InterventionCommand[], command: InterventionCommand) =>
  decide(command, stateAfter(given));
const next = (
  given: readonly InterventionCommand[],
  now = 0,
  among: readonly (typeof ways)[number][] = ways,
) => {
  const state = stateAfter(given);
  return nextStep(state.delivery, among, state.proposal, now);
};

t.test('a call is recorded before it is made, and its outcome after', async (t) => {
  t.strictSame(when([], start(smtp, 1, 'f1')), [
    {
      type: 'DeliveryStarted',
      data: { ...about, channel: 'email', provider: 'smtp', attempt: 1, address: 'f1' },
    },
  ]);
  t.strictSame(when([start(smtp)], start(smtp, 2)), [], 'one at a time');
  t.strictSame(when([], start(smtp, 2)), [], 'a try that was not the next');
  t.strictSame(when([start(smtp)], fail(smtp)), [
    {
      type: 'DeliveryFailed',
      data: {
        ...about,
        ...{ channel: 'email', provider: 'smtp', attempt: 1, reason: 'http-503', permanent: false },
        retryAt: 1000,
      },
    },
  ]);
  t.strictSame(when([], fail(smtp)), [], 'nobody was called');
  t.strictSame(when([start(smtp)], deliver(smtp)), [
    {
      type: 'InterventionDelivered',
      data: { ...about, channel: 'email', provider: 'smtp', providerMessageId: 'p1' },
    },
  ]);
  t.strictSame(when([start(smtp), deliver(smtp)], fail(smtp)), []);
  t.throws(() => decide(start(smtp), initialState), { code: 'conflict' });
});

t.test('other providers first, then the same again, then the next channel', async (t) => {
  t.match(next([]), { step: 'call', way: smtp, attempt: 1 });
  const bothFailed = [start(smtp), fail(smtp), start(ses), fail(ses, { retryAfter: 3000 })];
  t.match(next(bothFailed.slice(0, 2)), { step: 'call', way: ses, attempt: 1 });
  t.strictSame(next(bothFailed, 10), { step: 'wait', until: 1000 });
  t.match(next(bothFailed, 1000), { step: 'call', way: smtp, attempt: 2 });
  const smtpIsOut = [start(smtp), fail(smtp, { permanent: true }), start(ses), fail(ses)];
  t.strictSame(next(smtpIsOut, 10), { step: 'wait', until: 1000 });
  t.match(next([...smtpIsOut.slice(0, 3), fail(ses, { permanent: true })]), { step: 'call', way: twilio });
});

t.test('an address that is no good, or a channel without one, ends the channel', async (t) => {
  const noSuchMailbox = fail(smtp, { permanent: true, suppress: 'hard-bounce' });
  t.match(when([start(smtp)], noSuchMailbox), [{ data: { suppress: 'hard-bounce', retryAt: null } }]);
  t.match(next([start(smtp), noSuchMailbox]), { step: 'call', way: twilio });
  t.match(when([], close('email')), [{ type: 'DeliveryFailed', data: { attempt: 0, reason: 'no-address' } }]);
  t.strictSame(when([close('email')], close('email')), []);
  t.match(next([close('email'), close('sms')]), { step: 'call', way: inbox });
  t.strictSame(next([close('email'), close('sms')], 0, [smtp, twilio]), {
    step: 'fail',
    reason: 'no-address',
  });
  t.strictSame(next([], 0, []), { step: 'fail', reason: 'no-channel' });
});

t.test('a call without an outcome is made again only where that is seen once', async (t) => {
  t.match(next([start(smtp), fail(smtp), start(ses)]), { step: 'call', way: ses, attempt: 1 });
  t.match(next([start(smtp)]), { step: 'settle', call: { provider: 'smtp' } });
  t.match(next([start(ses)], 0, [smtp]), { step: 'settle' }, 'the provider is no more');
  const unknown = fail(smtp, { reason: 'unknown-outcome', permanent: true });
  t.match(
    next([start(smtp), unknown]),
    { step: 'call', way: twilio },
    'no other provider of the channel: it may have gone out',
  );
});

t.test('nothing is delivered before its time, or after it', async (t) => {
  t.strictSame(next([], 1_000_000), { step: 'fail', reason: 'expired' });
  const later = { ...proposed.data, notBefore: 500 };
  const state = stateAfter([], [{ type: 'InterventionProposed', data: later }]);
  t.strictSame(nextStep(state.delivery, ways, state.proposal, 499), { step: 'wait', until: 500 });
  t.match(nextStep(state.delivery, ways, state.proposal, 500), { step: 'call' });
});

t.test('waits grow, follow the provider, and end', async (t) => {
  const waits = [1, 2, 3, 4].map((attempt) => retryAtAfter(attempt, { permanent: false }, 1e9, 0));
  t.strictSame(waits, [1000, 4000, 16_000, 64_000]);
  t.equal(retryAtAfter(5, { permanent: false }, 1e9, 0), null);
  t.equal(retryAtAfter(1, { permanent: true }, 1e9, 0), null);
  t.equal(retryAtAfter(1, { permanent: false, retryAfter: 7000 }, 1e9, 0), 7000);
  t.equal(retryAtAfter(1, { permanent: false, retryAfter: 3_600_001 }, 1e9, 0), null);
  t.equal(retryAtAfter(1, { permanent: false }, 1000, 0), null, 'it has expired by then');
});

t.test('a dead letter is sent again over all its channels, a few times', async (t) => {
  const dead = [start(smtp), fail(smtp, { permanent: true }), giveUp];
  t.match(stateAfter(dead), { status: 'failed' });
  t.strictSame(when(dead, resend), [{ type: 'InterventionResent', data: { ...about, actor } }]);
  t.strictSame(when([...dead, resend], resend), [], 'it is on its way');
  t.match(next([...dead, resend]), { step: 'call', way: smtp, attempt: 1 });
  t.throws(() => when([], resend), { code: 'conflict' });
  t.throws(() => when([start(smtp), deliver(smtp)], resend), { code: 'conflict' });
  t.throws(
    () => when(dead, { ...resend, data: { actor, now: 1_000_000 } }),
    { code: 'conflict' },
    'it has expired',
  );
  const often = Array.from({ length: 5 }, () => [resend, giveUp]).flat();
  t.throws(() => when([...dead, ...often], resend), { code: 'conflict' });
});

t.test('news of a message is recorded once, and only where the message went', async (t) => {
  const sent = [start(smtp, 1, 'f1'), deliver(smtp)];
  t.strictSame(when(sent, news(smtp, 'delivered')), [
    { type: 'DeliveryConfirmed', data: { ...about, channel: 'email', provider: 'smtp' } },
  ]);
  for (const what of ['delivered', 'hard', 'soft', 'complaint', 'opened', 'clicked'] as const) {
    t.equal(when(sent, news(smtp, what)).length, 1, what);
    t.strictSame(when([...sent, news(smtp, what)], news(smtp, what)), [], what);
    t.strictSame(when(sent, news(twilio, what)), [], 'another channel');
    t.strictSame(decide(news(smtp, what), initialState), [], 'nothing was proposed');
  }
  t.strictSame(when(sent, news(ses, 'delivered')), [], 'another provider');
  const links = { channel: 'email', provider: 'links' } as const;
  t.strictSame(when(sent, news(links, 'clicked')), [{ type: 'InterventionClicked', data: about }]);
});

t.test('what bounced goes on over the next channel, unless it is known to have arrived', async (t) => {
  const bounced = [start(smtp), deliver(smtp), news(smtp, 'hard')];
  t.match(stateAfter(bounced), { status: 'proposed' });
  t.match(next(bounced), { step: 'call', way: twilio });
  t.match(stateAfter([start(smtp), deliver(smtp), news(smtp, 'opened'), news(smtp, 'hard')]), {
    status: 'delivered',
  });
  t.match(stateAfter([start(smtp), deliver(smtp), news(smtp, 'soft')]), { status: 'delivered' });
  t.match(stateAfter([start(smtp), deliver(smtp), news(smtp, 'complaint')]), { status: 'delivered' });
});

t.test('news that it arrived ends the doubt about a call', async (t) => {
  const unknown = [start(smtp), fail(smtp, { reason: 'unknown-outcome', permanent: true }), giveUp];
  t.match(stateAfter([...unknown, news(smtp, 'delivered')]), { status: 'delivered' });
  t.throws(() => when([...unknown, news(smtp, 'delivered')], resend), { code: 'conflict' });
});

t.test('whatever happens, a repeated command yields no events and the state stays small', async (t) => {
  const way = fc.constantFrom(...ways);
  const attempt = fc.integer({ min: 1, max: 6 });
  const command: fc.Arbitrary<InterventionCommand> = fc.oneof(
    fc.tuple(way, attempt).map(([each, at]) => start(each, at)),
    fc
      .tuple(way, attempt, fc.boolean())
      .map(([each, at, permanent]) => fail(each, { attempt: at, permanent })),
    way.map(({ channel }) => close(channel)),
    way.map(deliver),
    fc.constant(giveUp),
    fc
      .tuple(way, fc.constantFrom('delivered', 'hard', 'soft', 'complaint', 'opened', 'clicked'))
      .map(([each, what]) => news(each, what as News)),
  );
  const holds = fc.property(fc.array(command, { maxLength: 60 }), command, (earlier, repeated) => {
    const events: InterventionEvent[] = [proposed];
    const execute = (each: InterventionCommand): number => {
      try {
        return events.push(...decide(each, events.reduce(evolve, initialState)));
      } catch (error) {
        if (error instanceof CodedError) return events.length;
        throw error;
      }
    };
    for (const each of earlier) execute(each);
    const once = execute(repeated);
    const twice = execute(repeated);
    const state = events.reduce(evolve, initialState);
    if (!('proposal' in state)) return false;
    const { tries, closed, told } = state.delivery;
    return once === twice && tries.length <= ways.length && closed.length <= 5 && told.length <= 12;
  });
  t.doesNotThrow(() => fc.assert(holds));
});
