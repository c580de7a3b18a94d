import t from 'tap';
import { decide, isSuppressed } from '../../../../src/domain/reachability/decide.js';
import type { ReachabilityEvent } from '../../../../src/domain/reachability/events.js';
import { evolve, initialState } from '../../../../src/domain/reachability/evolve.js';
import { reachabilityStreamName } from '../../../../src/domain/reachability/streamName.js';

const suppressed = (address: string, channel: 'email' | 'sms' = 'email'): ReachabilityEvent => ({
  type: 'ChannelSuppressed',
  data: { subject: 'ada', channel, address, reason: 'hard-bounce', interventionId: 'd1.s' },
});
const actor = { keyId: 'k1', role: 'administrator' };
const release = { type: 'ReleaseChannel', data: { subject: 'ada', channel: 'email', actor } } as const;
const stateOf = (...events: ReachabilityEvent[]) => events.reduce(evolve, initialState);

t.test('an address is suppressed once; another address is free', async (t) => {
  const { data } = suppressed('a1');
  const command = { type: 'SuppressAddress', data } as Parameters<typeof decide>[0];
  t.strictSame(decide(command, initialState), [suppressed('a1')]);
  t.strictSame(decide(command, stateOf(suppressed('a1'))), []);
  const state = stateOf(suppressed('a1'));
  t.equal(isSuppressed(state, { channel: 'email', address: 'a1' }), true);
  t.equal(isSuppressed(state, { channel: 'email', address: 'a2' }), false);
  t.equal(isSuppressed(state, { channel: 'sms', address: 'a1' }), false);
});

t.test('a channel is released with all its addresses', async (t) => {
  const state = stateOf(suppressed('a1'), suppressed('a2'), suppressed('n1', 'sms'));
  t.strictSame(decide(release, state), [{ type: 'ChannelReleased', data: release.data }]);
  t.strictSame(decide(release, initialState), []);
  const after = decide(release, state).reduce(evolve, state);
  t.strictSame(after.suppressed, [{ channel: 'sms', address: 'n1' }]);
  t.strictSame(decide(release, after), []);
});

t.test('the state is bounded', async (t) => {
  const many = Array.from({ length: 200 }, (_, at) => suppressed(`a${at}`));
  t.equal(stateOf(...many).suppressed.length, 50);
  t.equal(reachabilityStreamName('default', 'ada'), 'reachability-default_ada');
});
