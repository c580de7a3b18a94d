import type { UserMessage } from '../journey/commands.js';
import type { JourneyEvent } from '../journey/events.js';
import type { FieldRules } from './fieldRules.js';
import { Protection, type Seal } from './protection.js';

/**
 * The message as it may be recorded: the same object where nothing in it is personal, else a copy that shares what did not
 * change. `userId`, and an `anonymousId` without one, name the journey: only its first event records them, sealed by
 * `protectIdentity`. Every text that `seal` is given is personal; protecting a protected message changes nothing as long as
 * `seal` gives back its own sealed texts as they are.
 */
export function protectMessage<M extends UserMessage>(message: M, rules: FieldRules, seal: Seal): M {
  const protection = new Protection(rules, seal, message);
  let copy: Protected | undefined;
  for (const key of textFields) {
    const text = message[key];
    if (text === undefined || (key === 'anonymousId' && message.userId === undefined)) continue;
    const safe = protection.text(text, rules[key]);
    if (safe === text) continue;
    copy ??= { ...message };
    if (safe === undefined) delete copy[key];
    else copy[key] = safe;
  }
  for (const key of objectFields) {
    const object = message[key];
    if (object === undefined) continue;
    const safe = protection.object(object, rules[key]);
    if (safe === object) continue;
    copy ??= { ...message };
    copy[key] = safe;
  }
  // A copy of M whose changed fields hold values of their own types.
  return copy === undefined ? message : (copy as M);
}

type Protected = { -readonly [K in keyof UserMessage]: UserMessage[K] };

const textFields = ['name', 'category', 'groupId', 'ip', 'anonymousId', 'previousId'] as const;
const objectFields = ['properties', 'context', 'traits'] as const;

/** The event as it may be recorded: the first event of a journey holds the raw id of whose it is. */
export function protectIdentity(event: JourneyEvent, seal: Seal): JourneyEvent {
  if (event.type !== 'JourneyStarted') return event;
  return { ...event, data: { ...event.data, identity: seal('identity', event.data.identity) } };
}
