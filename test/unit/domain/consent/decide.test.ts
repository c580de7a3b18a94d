import fc from 'fast-check';
import t from 'tap';
import type { ConsentCommand } from '../../../../src/domain/consent/commands.js';
import { decide } from '../../../../src/domain/consent/decide.js';
import { consentChannels, consentPurposes } from '../../../../src/domain/consent/events.js';
import { evolve, initialState } from '../../../../src/domain/consent/evolve.js';
import { commandsToJoin } from '../../../../src/domain/consent/join.js';
import { consentStreamName, subjectOfConsent } from '../../../../src/domain/consent/streamName.js';
import { consentAfter, decisionAt, grant, withdraw } from '../../../support/consentDecisions.js';

const analytics = { purpose: 'analytics' } as const;

function standing(commands: readonly ConsentCommand[], matter: 'analytics' | 'sale' | 'processing') {
  const found = consentAfter(commands).state.standing.get(matter);
  return found && [found.event.type, found.eventId];
}

t.test('each decision is one fact, with what proves it', async (t) => {
  const data = decisionAt(5, { proof: 'form-7' });
  const pairs = [
    ['GrantConsent', 'ConsentGranted'],
    ['WithdrawConsent', 'ConsentWithdrawn'],
    ['OptOutOfSale', 'SaleOptedOut'],
    ['AllowSale', 'SaleAllowed'],
    ['RestrictProcessing', 'ProcessingRestricted'],
    ['LiftRestriction', 'RestrictionLifted'],
  ] as const;
  for (const [command, event] of pairs) {
    const scoped = command === 'GrantConsent' || command === 'WithdrawConsent';
    const decided = scoped
      ? decide({ type: command, data: { ...data, ...analytics } }, initialState)
      : decide({ type: command, data }, initialState);
    t.strictSame(decided, [{ type: event, data: scoped ? { ...data, ...analytics } : data }]);
  }
});

t.test('the later decision stands, since when and by which event', async (t) => {
  const given = [grant(1, analytics), withdraw(2, analytics)];
  t.strictSame(standing(given, 'analytics'), ['ConsentWithdrawn', 'e2']);
  t.strictSame(standing([...given, grant(3, analytics)], 'analytics'), ['ConsentGranted', 'e3']);
});

t.test('an older decision is recorded and changes nothing that stands', async (t) => {
  const { state, events } = consentAfter([withdraw(5, analytics), grant(4, analytics)]);
  t.equal(events.length, 2);
  t.equal(state.standing.get('analytics')?.eventId, 'e5');
});

t.test('of two decisions at the same time the stricter stands', async (t) => {
  for (const commands of [
    [grant(1, analytics), withdraw(1, analytics)],
    [withdraw(1, analytics), grant(1, analytics)],
  ]) {
    t.match(standing(commands, 'analytics'), ['ConsentWithdrawn', 'e1']);
  }
});

const decision = fc.record({
  type: fc.constantFrom(
    ...(['GrantConsent', 'WithdrawConsent', 'OptOutOfSale', 'AllowSale'] as const),
    ...(['RestrictProcessing', 'LiftRestriction'] as const),
  ),
  at: fc.integer({ min: 0, max: 4 }),
  purpose: fc.constantFrom(...consentPurposes.slice(0, 2)),
  channel: fc.option(fc.constantFrom(...consentChannels.slice(0, 2)), { nil: undefined }),
  policyVersion: fc.constantFrom('1', '2'),
});
const command = decision.map(({ type, at, purpose, channel, policyVersion }): ConsentCommand => {
  const data = decisionAt(at, { policyVersion });
  if (type !== 'GrantConsent' && type !== 'WithdrawConsent') return { type, data };
  return { type, data: { ...data, purpose, ...(channel && { channel }) } };
});

t.test('the same decisions leave the same standing in whatever order they come', async (t) => {
  const property = fc.property(
    fc.array(command, { maxLength: 20 }),
    fc.infiniteStream(fc.nat()),
    (given, keys) => {
      const shuffled = given
        .map((each) => ({ each, key: keys.next().value }))
        .sort((a, b) => Number(a.key) - Number(b.key))
        .map(({ each }) => each);
      const inOrder = [...consentAfter(given).state.standing].sort();
      t.strictSame([...consentAfter(shuffled).state.standing].sort(), inOrder);
    },
  );
  t.doesNotThrow(() => fc.assert(property));
});

t.test('a repeated decision yields no events, whatever went before', async (t) => {
  const property = fc.property(fc.array(command, { maxLength: 20 }), command, (given, repeated) => {
    const { state } = consentAfter([...given, repeated]);
    return decide(repeated, state).length === 0;
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test('what is remembered to recognise repetitions is bounded', async (t) => {
  const many = Array.from({ length: 1000 }, (_, at) =>
    at % 2 ? grant(at, analytics) : withdraw(at, analytics),
  );
  const { state } = consentAfter(many);
  t.equal(state.known.size, 256);
  t.equal(state.standing.size, 1);
});

t.test('joining two identities makes the stricter decision hold for both', async (t) => {
  const join = (own: readonly ConsentCommand[], other: readonly ConsentCommand[]) => {
    const commands = commandsToJoin(consentAfter(own).state, consentAfter(other).state, 'device');
    return consentAfter([...own, ...commands]).state.standing.get('analytics')?.event;
  };
  t.match(join([], [grant(1, analytics)]), { type: 'ConsentGranted', data: { decidedAs: 'device' } });
  t.match(join([], [withdraw(1, analytics)]), { type: 'ConsentWithdrawn' });
  t.match(
    join([grant(9, analytics)], [withdraw(1, analytics)]),
    { type: 'ConsentWithdrawn', data: { decidedAt: 1, countsFrom: 9, decidedAs: 'device' } },
    'though the other granted later, under another identity',
  );
  t.match(join([withdraw(1, analytics)], [grant(9, analytics)]), { type: 'ConsentWithdrawn' });
  t.equal(join([grant(1, analytics)], [grant(9, analytics)])?.data.decidedAt, 1, 'alike already');
});

t.test('after a join the person decides anew', async (t) => {
  const own = [grant(9, analytics)];
  const other = consentAfter([withdraw(1, analytics)]).state;
  const joined = [...own, ...commandsToJoin(consentAfter(own).state, other, 'device')];
  t.match(standing([...joined, grant(10, analytics)], 'analytics'), ['ConsentGranted', 'e10']);
  t.strictSame(commandsToJoin(consentAfter(joined).state, other, 'device'), [], 'a second join adds nothing');
});

t.test('the stream is named by tenant and person', async (t) => {
  t.equal(consentStreamName('default', 'abc'), 'consent-default_abc');
  t.equal(subjectOfConsent('consent-default_abc'), 'abc');
  t.equal(subjectOfConsent('journey-default_abc'), undefined);
  t.equal(evolve(initialState, { type: 'SaleAllowed', data: decisionAt(1) }, 'e').standing.size, 1);
});
