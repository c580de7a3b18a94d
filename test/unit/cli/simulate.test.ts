import t from 'tap';
import { createPerson, type Persona, personas } from '../../../src/cli/demo/people.js';
import { playHistory, playLive, type TimedMessage } from '../../../src/cli/demo/play.js';
import type { SegmentMessage, SimulatedMessage } from '../../../src/cli/demo/recorder.js';
import { simulate } from '../../../src/cli/demo/simulate.js';
import type { UserMessage } from '../../../src/domain/journey/commands.js';
import { decide } from '../../../src/domain/journey/decide.js';
import { evolve } from '../../../src/domain/journey/evolve.js';
import { defaultJourneySettings } from '../../../src/domain/journey/settings.js';
import { initialState } from '../../../src/domain/journey/state.js';

const day = 86_400_000;
const startsAt = Date.parse('2026-03-02T00:00:00Z');
const simulation = { seed: 7, learners: 120, startsAt };

function take(days: number, options = simulation): SimulatedMessage[] {
  const taken: SimulatedMessage[] = [];
  for (const message of simulate(options)) {
    if (message.at >= startsAt + days * day) break;
    taken.push(message);
  }
  return taken;
}

/** Signals that the journey's own rules find in what each persona does. */
function strugglesByPersona(messages: readonly SimulatedMessage[]): Map<Persona, Map<string, number>> {
  const personaOf = new Map<string, Persona>();
  for (let index = 0; index < simulation.learners; index += 1) {
    const { userId, persona } = createPerson(simulation.seed, index, '');
    personaOf.set(userId.replace('learner', ''), persona);
  }
  const states = new Map<string, ReturnType<typeof initialState>>();
  const found = new Map<Persona, Map<string, number>>(personas.map((persona) => [persona, new Map()]));
  for (const { at, message } of messages) {
    const identity = message.userId ?? message.anonymousId ?? '';
    const state = states.get(identity) ?? initialState(identity);
    states.set(identity, state);
    const persona = personaOf.get(identity.replace(/^[a-z]+/, ''));
    const command = { type: 'TrackEvent' as const, message: userMessage(message, at) };
    for (const { event, occurredAt } of decide(command, state, defaultJourneySettings)) {
      evolve(state, event, { occurredAt, messageId: message.messageId }, defaultJourneySettings);
      if (event.type !== 'StruggleDetected' || persona === undefined) continue;
      // A video left half-way is no problem left unsolved.
      if (event.data.featureId === 'unknown') continue;
      const signals = found.get(persona);
      signals?.set(event.data.signalType, (signals.get(event.data.signalType) ?? 0) + 1);
    }
  }
  return found;
}

function userMessage(message: SegmentMessage, occurredAt: number): UserMessage {
  const { type, event, name = event, userId, anonymousId, properties, messageId } = message;
  return {
    kind: type,
    messageId,
    occurredAt,
    ...(name !== undefined && { name }),
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
    ...(properties !== undefined && { properties }),
  };
}

t.test('the same seed gives the same messages, another one others', async (t) => {
  const messages = take(2);
  t.same(take(2), messages);
  // As text: tap's diff of two long lists that differ everywhere takes minutes.
  t.not(JSON.stringify(take(2, { ...simulation, seed: 8 })), JSON.stringify(messages));
  t.equal(new Set(messages.map(({ message }) => message.messageId)).size, messages.length);
});

t.test('messages come in the order of time and follow the rhythm of the day', async (t) => {
  const messages = take(7);
  t.ok(messages.every(({ at }, index) => at >= (messages[index - 1]?.at ?? startsAt)));
  const inHours = (from: number, to: number) =>
    messages.filter(({ at }) => {
      const hour = ((at - startsAt) % day) / 3_600_000;
      return hour >= from && hour < to;
    }).length;
  t.ok(inHours(19, 22) > 5 * inHours(2, 5), 'evenings are busy, nights are not');
});

t.test('each persona struggles as it should', async (t) => {
  const found = strugglesByPersona(take(7));
  const struggling = found.get('struggling') ?? new Map<string, number>();
  for (const signal of ['repeated_attempts', 'error_pattern', 'abandonment', 'help_seeking', 'rage_clicks']) {
    t.ok((struggling.get(signal) ?? 0) > 0, `who struggles shows ${signal}`);
  }
  const progressing = found.get('progressing') ?? new Map<string, number>();
  for (const signal of ['abandonment', 'help_seeking', 'rage_clicks']) {
    t.notOk(progressing.get(signal), `who progresses does not show ${signal}`);
  }
  t.ok((found.get('quitting')?.get('repeated_attempts') ?? 0) > 0, 'who gives up struggled before');
});

t.test('who gives up stays away, and some visitors say who they are', async (t) => {
  const messages = take(21);
  const quitters = new Set<string>();
  for (let index = 0; index < simulation.learners; index += 1) {
    const person = createPerson(simulation.seed, index, '');
    if (person.persona === 'quitting') quitters.add(person.userId);
  }
  const late = messages.filter(({ at }) => at > startsAt + 14 * day);
  const lateQuitters = new Set(
    late
      .map(({ message }) => message.userId)
      .filter((userId) => userId !== undefined && quitters.has(userId)),
  );
  t.ok(
    lateQuitters.size < quitters.size / 2,
    `${lateQuitters.size} of ${quitters.size} came in the third week`,
  );
  const links = messages.filter(
    ({ message }) => message.type === 'identify' && message.anonymousId !== undefined,
  );
  t.ok(links.length > 0 && links.every(({ message }) => message.userId !== undefined));
});

t.test('history comes first, then each message when it is due', async (t) => {
  const stop = new AbortController();
  const sent: TimedMessage[] = [];
  const now = startsAt + day;
  let clock = now;
  const playback = {
    messages: simulate(simulation),
    send: async (batch: readonly TimedMessage[]) => {
      sent.push(...batch);
      if (clock > now + 60_000) stop.abort();
    },
    now: () => clock,
    signal: stop.signal,
  };
  const first = await playHistory(playback, now, () => undefined);
  const history = sent.length;
  t.ok(first !== undefined && first.at >= now);
  t.equal(history, take(1).length);
  t.ok(sent.every(({ timestamp }) => Date.parse(timestamp) < now));

  if (first === undefined) return;
  const sleep = async (milliseconds: number) => {
    clock += milliseconds;
  };
  await playLive(playback, first, { startsAt: now, speed: 600, sleep });
  const live = sent.slice(history).map(({ timestamp }) => Date.parse(timestamp));
  t.ok(live.length > 0);
  t.ok(
    live.every((at) => at >= now && at <= clock),
    'live messages carry the real time, never a later one',
  );
});
