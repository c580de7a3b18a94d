import fc from 'fast-check';
import t from 'tap';
import { CodedError } from '../../../../src/domain/errors.js';
import type {
  HelpCause,
  HelpFacts,
  HelpWriting,
  InterventionCommand,
} from '../../../../src/domain/intervention/commands.js';
import { interventionResponses } from '../../../../src/domain/intervention/commands.js';
import { decide } from '../../../../src/domain/intervention/decide.js';
import type { GenerationAttempt, InterventionEvent } from '../../../../src/domain/intervention/events.js';
import { evolve, initialState } from '../../../../src/domain/intervention/evolve.js';
import { interventionIdFor, interventionStreamName } from '../../../../src/domain/intervention/streamName.js';
import { asProposed } from '../../../support/helpEvents.js';

const cause: HelpCause = {
  decisionId: 'ada.s1',
  trigger: 'struggle',
  interventionId: 'ada.s1.first-help',
  subject: 'ada',
  strategy: 'first-help',
  struggleId: 'ada.s1',
  featureId: 'export',
  signalType: 'repeated_attempts',
  severity: 'high',
};
const facts: HelpFacts = {
  enabled: true,
  stale: false,
  resolved: false,
  permission: { allowed: true, consentEventId: null },
};
const text = {
  language: 'en',
  title: 'Hello',
  body: 'Can we help?',
  author: { kind: 'template', name: 'test', version: 1 },
} as const;
const chosen = { strategyVersion: 1, variant: null, channels: ['in_app'], notBefore: null } as const;
const writing: HelpWriting = { generated: null, refused: [] };
const about = { interventionId: cause.interventionId, subject: cause.subject };

const actor = { keyId: 'inbox-token', role: 'person' };

function propose(changes: Partial<HelpFacts> = {}, written: typeof text | null = text): InterventionCommand {
  return {
    type: 'ProposeIntervention',
    data: {
      cause,
      facts: { ...facts, ...changes },
      chosen,
      text: written,
      fallbackTexts: [],
      writing,
      expiresAt: 1000,
    },
  };
}
const overInbox = { channel: 'in_app', provider: 'inbox' } as const;
const markDelivered: InterventionCommand = {
  type: 'MarkDelivered',
  data: { ...overInbox, providerMessageId: null },
};
const markFailed: InterventionCommand = { type: 'MarkFailed', data: { reason: 'expired' } };
const respond = (response: (typeof interventionResponses)[number]): InterventionCommand => ({
  type: 'RecordResponse',
  data: { response, actor },
});

function eventsAfter(commands: readonly InterventionCommand[]): InterventionEvent[] {
  const events: InterventionEvent[] = [];
  for (const command of commands) events.push(...decide(command, events.reduce(evolve, initialState)));
  return events;
}
function when(given: readonly InterventionCommand[], command: InterventionCommand): InterventionEvent[] {
  return decide(command, eventsAfter(given).reduce(evolve, initialState));
}

t.test('help is proposed with its text where nothing speaks against it', async (t) => {
  t.strictSame(when([], propose()), [
    {
      type: 'InterventionProposed',
      data: { ...cause, ...text, ...asProposed, decisionId: 'ada.s1', channel: 'in_app', expiresAt: 1000 },
    },
  ]);
});

t.test('one reason is recorded where none is made', async (t) => {
  const reasonOf = (command: InterventionCommand) =>
    when([], command).map((event) =>
      event.type === 'InterventionDeclined' ? event.data.reason : event.type,
    );
  t.strictSame(when([], propose({ resolved: true })), [
    { type: 'InterventionDeclined', data: { ...cause, reason: 'resolved' } },
  ]);
  t.strictSame(reasonOf(propose({ enabled: false })), ['disabled']);
  t.strictSame(reasonOf(propose({ stale: true }, null)), ['stale'], 'decided too long ago');
  t.strictSame(reasonOf(propose({}, null)), ['no-template']);
  t.strictSame(
    reasonOf(propose({ enabled: false, resolved: true }, null)),
    ['disabled'],
    'the first that holds',
  );
});

t.test('how the text came about stands before what became of it', async (t) => {
  const attempt: GenerationAttempt = {
    ...{ provider: 'openai', model: 'm', promptVersion: 1, outcome: 'refused', reason: 'not-compliant' },
    ...{
      turns: 2,
      tools: ['propose_intervention'],
      inputTokens: 9,
      outputTokens: 5,
      microUsd: null,
      latency: 7,
    },
  };
  const generated = { attempts: [attempt], retrieved: [], disclosed: ['occasion'], fallbackReason: 'x' };
  const reasons = [{ code: 'markup', detail: 'Write plain text.' }];
  const author = { kind: 'model', name: 'openai:m', version: 1 } as const;
  const told = propose();
  if (told.type !== 'ProposeIntervention') throw new Error('not a proposal');
  const command: InterventionCommand = {
    ...told,
    data: { ...told.data, writing: { generated, refused: [{ author, reasons }] } },
  };
  t.match(when([], command), [
    { type: 'TextGenerated', data: { ...about, ...generated } },
    { type: 'TextRefused', data: { ...about, author, reasons } },
    { type: 'InterventionProposed' },
  ]);
  t.strictSame(when([command], command), [], 'a repeated command yields no events');
});

const refusal = { allowed: false, reason: 'withdrawn', consentEventId: 'c1' } as const;
const refused = {
  type: 'InterventionDeclined',
  data: { ...cause, reason: 'no-consent', refusal: { reason: 'withdrawn', consentEventId: 'c1' } },
};

t.test('a proposal names the consent that allowed it; without consent there is none', async (t) => {
  const allowed = propose({ permission: { allowed: true, consentEventId: 'c0' } });
  t.match(when([], allowed), [{ type: 'InterventionProposed', data: { consentEventId: 'c0' } }]);
  t.strictSame(when([], propose({ permission: refusal })), [refused]);
  t.strictSame(when([], propose({ permission: refusal }, null)), [refused]);
});

t.test('what was proposed is withheld until it is delivered', async (t) => {
  const withhold: InterventionCommand = { type: 'WithholdIntervention', data: { refusal } };
  t.strictSame(when([propose()], withhold), [refused]);
  for (const given of [
    [],
    [propose(), withhold],
    [propose(), markDelivered],
    [propose(), markFailed],
    [propose({ resolved: true })],
  ]) {
    t.strictSame(when(given, withhold), []);
  }
  t.throws(() => when([propose(), withhold], markDelivered), { code: 'conflict' });
});

t.test('the first outcome of a proposal holds', async (t) => {
  const channel = { ...about, channel: 'in_app' };
  t.strictSame(when([propose()], markDelivered), [
    { type: 'InterventionDelivered', data: { ...about, ...overInbox } },
  ]);
  t.strictSame(when([propose()], markFailed), [
    { type: 'InterventionFailed', data: { ...channel, reason: 'expired' } },
  ]);
  t.strictSame(when([propose(), markDelivered], markFailed), []);
  t.strictSame(when([propose(), markFailed], markDelivered), []);
  for (const given of [[], [propose({ resolved: true })]]) {
    t.throws(() => when(given, markDelivered), { code: 'conflict' });
  }
});

t.test('responses are recorded once each, and seen only as the first', async (t) => {
  const delivered = [propose(), markDelivered];
  t.strictSame(when(delivered, respond('seen')), [{ type: 'InterventionSeen', data: { ...about, actor } }]);
  t.strictSame(when([...delivered, respond('seen')], respond('clicked')), [
    { type: 'InterventionClicked', data: { ...about, actor } },
  ]);
  t.strictSame(when([...delivered, respond('clicked')], respond('dismissed')), [
    { type: 'InterventionDismissed', data: { ...about, actor } },
  ]);
  t.strictSame(when([...delivered, respond('dismissed')], respond('seen')), []);
  for (const given of [[], [propose()], [propose({ resolved: true })], [propose(), markFailed]]) {
    t.throws(() => when(given, respond('seen')), { code: 'not-found' });
  }
});

t.test('a repeated command yields no events, whatever went before', async (t) => {
  const command = fc.oneof(
    fc.constant(propose()),
    fc.constant(propose({ resolved: true })),
    fc.constant(markDelivered),
    fc.constant(markFailed),
    fc.constantFrom(...interventionResponses).map(respond),
  );
  const changesNothing = fc.property(fc.array(command, { maxLength: 12 }), command, (earlier, repeated) => {
    const events: InterventionEvent[] = [];
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
    const types = events.map(({ type }) => type);
    return once === twice && new Set(types).size === types.length;
  });
  t.doesNotThrow(() => fc.assert(changesNothing));
});

t.test('the stream is named by what triggered the help and how', async (t) => {
  t.equal(interventionIdFor('ada.s1', 'first-help'), cause.interventionId);
  t.equal(interventionStreamName('default', cause.interventionId), 'intervention-default_ada.s1.first-help');
});
