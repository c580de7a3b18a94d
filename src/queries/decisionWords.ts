import type { DecisionCandidate, DecisionCause, DecisionReason } from '../domain/decision/events.js';

type Facts = NonNullable<DecisionReason['facts']>;

/** Each reason as a sentence about the person, for whoever asks why they did or did not get a message. */
const sentences: Readonly<Record<string, (facts: Facts) => string>> = {
  disabled: () => 'Help is switched off.',
  stale: ({ age, staleAfter }) =>
    age === undefined
      ? 'It was too long ago when it was looked at.'
      : `It was looked at ${span(age)} after it happened; after ${span(staleAfter)} it is too late.`,
  resolved: () => 'The person had already succeeded by then.',
  cooldown: ({ since, cooldown }) =>
    since === undefined
      ? 'The person was offered help with this a short while ago.'
      : `The person was offered help with this a short while ago, ${span(since)} before; there are to be ${span(cooldown)} between.`,
  'other-segment': ({ is }) => `The strategy is for other segments than the person's (${known(is)}).`,
  'other-risk-level': ({ is }) => `The strategy is for other risk levels than the person's (${known(is)}).`,
  'other-stage': ({ is }) => `The strategy is for other stages than the person's (${known(is)}).`,
  'no-channel': () => 'There is no channel that it could go over.',
  'no-template': () => 'There is no wording for this in the language of the person or the default one.',
  'no-consent': ({ reason }) =>
    ({
      withdrawn: 'The person has withdrawn consent.',
      'not-granted': 'The person has not agreed to it.',
      restricted: 'The processing of the person’s data is restricted.',
      'necessary-only': 'The policy allows only what is necessary.',
    })[String(reason)] ??
    'The person has not agreed to it, has withdrawn consent, or has processing restricted.',
  'no-provider': () => 'This installation has no provider for it.',
  'no-address': ({ profileBehind }) =>
    profileBehind === true
      ? 'No address for it was known yet: the read model of profiles was behind.'
      : 'The person has no address for it.',
  suppressed: () => 'Messages to this address are suppressed after a bounce or a complaint.',
  fatigue: ({ counted, window, sent, limit }) =>
    `It would be too much: within ${span(window)} ${sent} of ${limit} were used${counted === 'any' ? ' over all channels' : ''}.`,
  'quiet-hours': ({ until }) => `It is in the person's quiet hours, until ${moment(until)}.`,
  holdout: ({ share }) =>
    `The person belongs to the ${percent(share)} who get nothing, so that the effect on the others can be measured.`,
  outranked: ({ by }) => `Another strategy was chosen: ${by}.`,
  'event-came': () => 'The event that was waited for came in time.',
  'strategy-changed': () => 'The strategy was changed or switched off while it waited.',
  'other-trigger': ({ awaited, happened }) =>
    `The strategy waits for another cause (${awaited}, not ${happened}).`,
  'other-occasion': ({ awaited, happened }) =>
    `The strategy is for struggles that were ${awaited}, not ${happened}.`,
  'other-signal': ({ happened }) => `The strategy is for other signals than ${happened}.`,
  'other-feature': ({ happened }) => `The strategy is for other features than ${happened}.`,
  'less-severe': ({ asked, happened }) => `The strategy is for severity ${asked} and above, not ${happened}.`,
  'less-risk': ({ asked, happened }) => `The strategy is for risk ${asked} and above, not ${happened}.`,
  'other-event': ({ awaited }) => `The strategy waits for the event ${awaited}.`,
  'other-strategy': ({ asked }) => `Another strategy was asked for: ${asked}.`,
};

export function inWords({ code, facts = {} }: DecisionReason): string {
  return sentences[code]?.(facts) ?? `It was refused: ${code}.`;
}

/** Why the person did or did not get the message of one strategy. */
export function whyOf({ outcome, reasons, channels }: DecisionCandidate): string {
  if (outcome === 'chosen') {
    const [first] = channels.filter(({ allowed }) => allowed);
    const later = first?.reasons.map(inWords).join(' ') ?? '';
    const over = first === undefined ? '' : ` It goes over ${nameOf(first.channel)}.`;
    return `Nothing spoke against it.${over}${later === '' ? '' : ` ${later}`}`;
  }
  const ofChannels = reasons.some(({ code }) => code === 'no-channel')
    ? channels.map((each) => `${nameOf(each.channel)}: ${each.reasons.map(inWords).join(' ')}`)
    : [];
  return [...reasons.map(inWords), ...ofChannels].join(' ');
}

export function causeInWords({ trigger, signalType, severity, featureId }: DecisionCause): string {
  switch (trigger) {
    case 'struggle':
      return `A struggle (${signalType?.replaceAll('_', ' ')}, severity ${severity}) with ${featureId} was detected`;
    case 'risk':
      return 'The person was found to be at risk of leaving';
    case 'event':
      return 'An event came that a strategy waits for';
    case 'absence':
      return 'An event that was waited for did not come';
    case 'request':
      return 'Help was asked for over the API';
  }
}

export function nameOf(channel: string): string {
  return channel === 'in_app' ? 'in the app' : channel;
}

const spans: readonly (readonly [string, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

function span(milliseconds: Facts[string] | undefined): string {
  const length = Math.max(Number(milliseconds), 0);
  const [name, unit] = spans.find(([, each]) => length >= each) ?? ['second', 1000];
  const count = Math.round(length / unit);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function moment(at: Facts[string] | undefined): string {
  return `${new Date(Number(at)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function percent(share: Facts[string] | undefined): string {
  return `${Math.round(Number(share) * 1000) / 10}%`;
}

function known(value: Facts[string] | undefined): string {
  return value === null || value === undefined ? 'not known' : String(value);
}
