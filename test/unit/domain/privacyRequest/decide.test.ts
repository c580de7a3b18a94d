import fc from 'fast-check';
import t from 'tap';
import { CodedError } from '../../../../src/domain/errors.js';
import type {
  PrivacyRequestCommand,
  ReceiveRequest,
} from '../../../../src/domain/privacyRequest/commands.js';
import { decide } from '../../../../src/domain/privacyRequest/decide.js';
import type { PrivacyRequestEvent } from '../../../../src/domain/privacyRequest/events.js';
import {
  evolve,
  initialState,
  type KnownRequest,
  type PrivacyRequestState,
  type RequestStatus,
} from '../../../../src/domain/privacyRequest/evolve.js';
import { privacyRequestStreamName } from '../../../../src/domain/privacyRequest/streamName.js';

const requestId = 'a7551968-d5d6-44b2-9831-815ac9017798';
const receivedAt = Date.parse('2026-01-31T12:30:00Z');
const dueAt = Date.parse('2026-02-28T12:30:00Z');
const later = receivedAt + 1000;

function receive(changes: Partial<ReceiveRequest['data']> = {}): PrivacyRequestCommand {
  return {
    type: 'ReceiveRequest',
    data: {
      requestId,
      at: receivedAt,
      by: 'key-1',
      requestType: 'erasure',
      regulation: 'gdpr',
      subjects: ['0'.repeat(32)],
      details: {},
      submittedAt: receivedAt,
      verification: 'by-controller',
      callbackUrls: ['https://a.example/cb'],
      contentDigest: 'digest',
      ...changes,
    },
  };
}
const officer = { at: later, by: 'key-2' };
const verify: PrivacyRequestCommand = { type: 'VerifyIdentity', data: { ...officer, method: 'document' } };
const extend: PrivacyRequestCommand = { type: 'ExtendRequest', data: { ...officer, reason: 'complexity' } };
const reject: PrivacyRequestCommand = { type: 'RejectRequest', data: { ...officer, reason: 'excessive' } };
const cancel: PrivacyRequestCommand = { type: 'CancelRequest', data: officer };
const start: PrivacyRequestCommand = { type: 'StartRequest', data: { at: later } };
const retry: PrivacyRequestCommand = { type: 'RetryRequest', data: officer };
const conclude = (outcome: 'completed' | 'partially_completed' | 'failed'): PrivacyRequestCommand => ({
  type: 'ConcludeRequest',
  data: { at: later, outcome, remarks: [`it is ${outcome}`], result: { receipt: 'r' } },
});
const failAttempt = (attempt: number, retryAt: number | null): PrivacyRequestCommand => ({
  type: 'RecordFailedAttempt',
  data: { at: later, attempt, reason: 'store-unavailable', retryAt },
});
const callBack = (
  status: Extract<PrivacyRequestCommand, { type: 'RecordCallback' }>['data']['status'],
  failure?: { reason: string; retryAt: number | null },
): PrivacyRequestCommand => ({
  type: 'RecordCallback',
  data: { at: later, callback: 0, status, ...(failure && { failure }) },
});

/** How each status is come to. */
const ways: Readonly<Record<RequestStatus, readonly PrivacyRequestCommand[]>> = {
  received: [receive({ verification: 'required' })],
  pending: [receive()],
  in_progress: [receive(), start],
  completed: [receive(), start, conclude('completed')],
  partially_completed: [receive(), start, conclude('partially_completed')],
  failed: [receive(), start, conclude('failed')],
  rejected: [receive(), reject],
  cancelled: [receive(), cancel],
};
const statuses = Object.keys(ways) as RequestStatus[];

function after(commands: readonly PrivacyRequestCommand[]): PrivacyRequestState {
  return commands.reduce<PrivacyRequestState>(
    (state, command) => decide(command, state).reduce(evolve, state),
    initialState,
  );
}
function known(commands: readonly PrivacyRequestCommand[]): KnownRequest {
  const state = after(commands);
  if (state.status === 'none') throw new Error('nothing was received');
  return state;
}
const when = (
  given: readonly PrivacyRequestCommand[],
  command: PrivacyRequestCommand,
): PrivacyRequestEvent[] => decide(command, after(given));

t.test('a request is received once, due after a month', async (t) => {
  const [event] = when([], receive());
  t.match(event, { type: 'PrivacyRequestReceived', data: { requestId, dueAt } });
  t.strictSame(when([receive()], receive({ at: later })), []);
  t.throws(() => when([receive()], receive({ contentDigest: 'other' })), { code: 'conflict' });
  t.match(when([], receive({ submittedAt: receivedAt - 86_400_000 * 3 })), [
    { data: { dueAt: Date.parse('2026-02-28T12:30:00Z') } },
  ]);
  t.match(
    when([], receive({ submittedAt: Date.parse('2027-01-01T00:00:00Z') })),
    [{ data: { dueAt } }],
    'a claim about the future wins no time',
  );
});

t.test('nothing can be done with what was never received', async (t) => {
  for (const command of [verify, extend, reject, cancel, start, retry, conclude('completed')]) {
    t.throws(() => when([], command), { code: 'not-found' }, command.type);
  }
});

/** For each command the statuses it changes, and those in which it was done already; in all others it is refused. */
const transitions: readonly {
  command: PrivacyRequestCommand;
  becomes: RequestStatus;
  from: readonly RequestStatus[];
  done: readonly RequestStatus[];
}[] = [
  { command: verify, becomes: 'pending', from: ['received'], done: [] },
  { command: reject, becomes: 'rejected', from: ['received', 'pending', 'failed'], done: ['rejected'] },
  { command: cancel, becomes: 'cancelled', from: ['received', 'pending'], done: ['cancelled'] },
  { command: start, becomes: 'in_progress', from: ['pending'], done: ['in_progress'] },
  {
    command: retry,
    becomes: 'pending',
    from: ['failed', 'partially_completed'],
    done: ['pending', 'in_progress'],
  },
  ...(['completed', 'partially_completed', 'failed'] as const).map((outcome) => ({
    command: conclude(outcome),
    becomes: outcome,
    from: ['in_progress'] as const,
    done: ['completed', 'partially_completed', 'failed'] as const,
  })),
];
for (const { command, becomes, from, done } of transitions) {
  t.test(`${command.type} leads to ${becomes} from ${from.join(', ')} alone`, async (t) => {
    for (const status of statuses) {
      const given = ways[status];
      if (from.includes(status)) {
        t.equal(when(given, command).length, 1, status);
        t.equal(known([...given, command]).status, becomes, status);
      } else if (done.includes(status)) t.strictSame(when(given, command), [], status);
      else t.throws(() => when(given, command), { code: 'conflict' }, status);
    }
  });
}

t.test('an identity is verified once, and by whom and how is known', async (t) => {
  const given = [...ways.received, verify];
  t.match(known(given), { status: 'pending', verified: { method: 'document', by: 'key-2', at: later } });
  t.strictSame(when(given, verify), []);
});

t.test('the due date moves once, to three months, and only before it', async (t) => {
  const state = known([receive(), extend]);
  t.equal(new Date(state.dueAt).toISOString(), '2026-04-30T12:30:00.000Z');
  t.match(state.extension, { reason: 'complexity' });
  t.strictSame(when([receive(), extend], extend), []);
  const other: PrivacyRequestCommand = {
    type: 'ExtendRequest',
    data: { ...officer, reason: 'number-of-requests' },
  };
  t.throws(() => when([receive(), extend], other), { code: 'conflict' });
  const late: PrivacyRequestCommand = {
    type: 'ExtendRequest',
    data: { at: dueAt + 1, by: 'key-2', reason: 'complexity' },
  };
  t.throws(() => when([receive()], late), { code: 'conflict' });
  for (const status of ['completed', 'partially_completed', 'rejected', 'cancelled'] as const) {
    t.throws(() => when(ways[status], extend), { code: 'conflict' }, status);
  }
  for (const status of ['received', 'pending', 'in_progress', 'failed'] as const) {
    t.equal(when(ways[status], extend).length, 1, status);
  }
});

t.test('a rejection says why, and the first reason holds', async (t) => {
  t.match(known(ways.rejected).rejection, { reason: 'excessive', by: 'key-2' });
  const other: PrivacyRequestCommand = {
    type: 'RejectRequest',
    data: { ...officer, reason: 'legal-claims' },
  };
  t.throws(() => when(ways.rejected, other), { code: 'conflict' });
});

t.test('failed attempts are counted, and the last one fails the request', async (t) => {
  const once = [...ways.in_progress, failAttempt(1, later + 5)];
  t.match(known(once), { status: 'in_progress', failedAttempts: 1, retryAt: later + 5 });
  t.strictSame(when(once, failAttempt(1, later + 5)), [], 'the same report twice');
  t.strictSame(when(once, failAttempt(3, later + 5)), [], 'a report out of turn');
  const over = [...once, failAttempt(2, null)];
  t.match(known(over), { status: 'failed', retryAt: null });
  t.match(known(over).remarks[0], /after 2 attempts.*store-unavailable/);
  t.match(known([...over, retry]), { status: 'pending', failedAttempts: 0, remarks: [] });
  t.strictSame(when(ways.completed, failAttempt(1, null)), []);
});

t.test(
  'every change of status is owed to each address, in order, until it is told or given up',
  async (t) => {
    const given = ways.completed;
    t.strictSame(known(given).callbacks[0]?.owed, ['in_progress', 'completed']);
    t.strictSame(when(given, callBack('completed')), [], 'not before its turn');
    const told = [...given, callBack('in_progress')];
    t.match(known(told).callbacks[0], { owed: ['completed'], delivered: 1 });
    t.strictSame(when(told, callBack('in_progress')), []);
    const failing = [...told, callBack('completed', { reason: 'http-500', retryAt: later + 9 })];
    t.match(known(failing).callbacks[0], { owed: ['completed'], failedAttempts: 1, retryAt: later + 9 });
    const over = [...failing, callBack('completed', { reason: 'timeout', retryAt: null })];
    t.match(known(over), {
      status: 'completed',
      callbacks: [{ owed: [], givenUp: 1, delivered: 1, retryAt: null, lastFailure: 'timeout' }],
    });
  },
);

const anyCommand = fc.oneof(
  fc.constantFrom(receive(), receive({ verification: 'required' }), receive({ contentDigest: 'other' })),
  fc.constantFrom(verify, extend, reject, cancel, start, retry),
  fc.constantFrom(conclude('completed'), conclude('partially_completed'), conclude('failed')),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.boolean())
    .map(([n, last]) => failAttempt(n, last ? null : later)),
  fc
    .tuple(fc.constantFrom(...statuses), fc.constantFrom(undefined, later, null))
    .filter(([status]) => status !== 'received')
    .map(([status, retryAt]) =>
      callBack(
        status === 'received' ? 'pending' : status,
        retryAt === undefined ? undefined : { reason: 'timeout', retryAt },
      ),
    ),
);

/** As a command handler would: what is refused changes nothing. */
function attempt(state: PrivacyRequestState, command: PrivacyRequestCommand): PrivacyRequestEvent[] {
  try {
    return decide(command, state);
  } catch (error) {
    if (error instanceof CodedError) return [];
    throw error;
  }
}

t.test('whatever the sequence of commands, the invariants hold', async (t) => {
  const holds = fc.property(fc.array(anyCommand, { maxLength: 40 }), (commands) => {
    let state: PrivacyRequestState = initialState;
    const final = new Set<string>(['completed', 'rejected', 'cancelled']);
    for (const command of commands) {
      const before: PrivacyRequestState = state;
      state = attempt(state, command).reduce(evolve, state);
      if (attempt(state, command).length > 0 && command.type !== 'RecordCallback') return false;
      if (final.has(before.status) && state.status !== before.status) return false;
      if (state.status === 'none') continue;
      const { asked, verified, callbacks } = state;
      const began = !['received', 'pending', 'rejected', 'cancelled'].includes(state.status);
      if (began && asked.verification === 'required' && verified === null) return false;
      if (state.dueAt > Date.parse('2026-04-30T12:30:00Z') || state.dueAt < dueAt) return false;
      if ((state.status === 'rejected') !== (state.rejection !== null)) return false;
      // What an address is owed ends with the present status, or it has heard it.
      if (callbacks.some(({ owed }) => owed.length > 0 && owed.at(-1) !== state.status)) return false;
    }
    return true;
  });
  t.doesNotThrow(() => fc.assert(holds, { numRuns: 2000 }));
});

t.test('the stream is named by tenant and request', async (t) => {
  t.equal(privacyRequestStreamName('default', requestId), `privacy-request-default_${requestId}`);
});
