import { z } from 'zod';
import type { JsonObject } from '../../domain/json.js';
import type { ExportKind } from '../../domain/personExport/events.js';
import { time } from '../models/fields.js';
import { profile } from '../models/profile.js';

/** Where a line stands: what was told, what was seen, what was concluded (Art. 15 and 20 GDPR tell them apart). */
export const exportParts = ['provided', 'observed', 'inferred'] as const;
export type ExportPart = (typeof exportParts)[number];

/** Portability is for what the person gave and did, not for what others made of it (WP 242 rev.01, p. 9–11). */
export const partsOf: Readonly<Record<ExportKind, readonly ExportPart[]>> = {
  access: exportParts,
  portability: ['provided', 'observed'],
};

const note = (text: string) => ({ description: text });
/** A value that can be personal: null where its key is destroyed. */
const personal = (text: string) => z.unknown().meta(note(`${text} Null where its key was destroyed.`));
const journey = z.string().meta(note('The journey it stands in, by its pseudonym.'));

/** Said of each line that stands for a recorded event. */
const fact = {
  id: z.string().meta(note('Of the recorded event.')),
  occurredAt: time('When it happened.'),
  recordedAt: time('When it was recorded.'),
  source: z.string().nullable().meta(note('The door it came through; null for what was concluded here.')),
  journey,
};

function eventLine<const K extends string>(kind: K, description: string, data: z.ZodRawShape) {
  return z.object({ kind: z.literal(kind), ...fact, data: z.looseObject(data) }).meta({ description });
}

const userEvent = {
  sessionId: z.string(),
  name: personal('Of the page, screen or action.').optional(),
  category: personal('Its category.').optional(),
  properties: personal('What was sent along.').optional(),
  context: personal('Device, page, language and the like.').optional(),
};
const struggle = { struggleId: z.string(), featureId: z.string(), signalType: z.string() };
const struggleWeight = {
  ...struggle,
  severity: z.string(),
  evidence: z.looseObject({}).meta(note('What the conclusion rests on.')),
  rule: z.looseObject({}).meta(note('Which rule concluded it, in which version.')),
};
/** A decision that led to no message has no intervention. */
const intervention = { decisionId: z.string().optional(), interventionId: z.string().optional() };

/** Every kind of line, with what it says. The files `schemas/<kind>.json` of an export are made of these. */
export const exportLines = {
  profile: z
    .object({
      kind: z.literal('profile'),
      ...z.object({ userId: personal('The user id.'), anonymousId: personal('Of a visitor.') }).shape,
      traits: personal('The traits last told, by name.'),
    })
    .meta(note('What the person or their system told, as it stands now.')),
  identity: eventLine('identity', 'An id the person is known by.', {
    kind: z.enum(['user', 'anonymous']),
    identity: personal('The id.'),
  }),
  traits: eventLine('traits', 'Traits that were told, at the time they were told.', {
    traits: personal('By name.').optional(),
  }),
  group: eventLine('group', 'A group the person was said to belong to.', { groupId: personal('Its id.') }),
  alias: eventLine('alias', 'An earlier id of the person.', { previousId: personal('That id.') }),
  consent: eventLine('consent', 'A consent that was given, refused or taken back.', { type: z.string() }),
  pageView: eventLine('pageView', 'A page the person looked at.', userEvent),
  screenView: eventLine('screenView', 'A screen the person looked at.', userEvent),
  action: eventLine('action', 'Something the person did.', userEvent),
  sessionStarted: eventLine('sessionStarted', 'A visit began.', {
    sessionId: z.string(),
    startedAt: time(''),
  }),
  sessionEnded: eventLine('sessionEnded', 'A visit ended.', {
    sessionId: z.string(),
    startedAt: time('Its beginning.'),
    endedAt: time('Its last event.'),
    eventCount: z.int(),
  }),
  sessionsMerged: eventLine('sessionsMerged', 'Two visits turned out to be one.', {
    sessionId: z.string(),
    mergedSessionId: z.string(),
  }),
  interpretation: eventLine('interpretation', 'What an action was taken to mean.', {
    interaction: z.looseObject({}).optional(),
    video: z.looseObject({}).optional(),
  }),
  link: eventLine('link', 'Two journeys were concluded to be the same person.', {
    linkedSubject: z.string().optional(),
    userSubject: z.string().optional(),
  }),
  struggleDetected: eventLine('struggleDetected', 'Trouble with something was concluded.', struggleWeight),
  struggleEscalated: eventLine('struggleEscalated', 'The trouble was concluded to be worse.', struggleWeight),
  struggleResolved: eventLine('struggleResolved', 'The trouble was concluded to be over.', struggle),
  decision: eventLine('decision', 'Help was offered, or not, and why.', {
    ...intervention,
    outcome: z.enum(['proposed', 'declined', 'chosen', 'held-out', 'waiting', 'ended']),
    reason: z.string().nullable().meta(note('The reason, as a code or the struggle that gave cause.')),
    strategy: z.string().nullable(),
    struggleId: z.string().nullable(),
    candidates: z
      .array(z.looseObject({}))
      .optional()
      .meta(note('What was considered, and why it was or was not used.')),
    title: personal('Of the message.').optional(),
    body: personal('The message.').optional(),
  }),
  interventionOutcome: eventLine('interventionOutcome', 'What became of an offer of help.', {
    ...intervention,
    outcome: z.string(),
  }),
  analysis: eventLine('analysis', "What a language model made of the person's situation.", {
    analysedAt: time(''),
    findings: personal('Intent, engagement, risks, how to speak to them, what to do.'),
    models: z.array(z.string()).meta(note('Those that were asked.')),
    disclosed: z.array(z.string()).meta(note('Kinds of values that they were told.')),
  }),
  assessment: z
    .object({
      kind: z.literal('assessment'),
      assessedAt: time('Of this export.'),
      ...profile.pick({
        userSegment: true,
        lifecycleStage: true,
        behaviorMetrics: true,
        engagement: true,
        riskFactors: true,
      }).shape,
      // Both are made of what was told and may hold what cannot be opened any more.
      demographics: personal('The age group.'),
      preferences: personal('Likings and style.'),
    })
    .meta(note('The segment, the scores and what they are made of, as they stand now.')),
} as const;

export type LineKind = keyof typeof exportLines;
/** As JSON; checked against its schema in tests and by whoever receives it. */
export type ExportLine = JsonObject & { readonly kind: LineKind };

/** JSON Schema 2020-12 of a kind of line. */
export function lineSchema(kind: LineKind): object {
  return {
    ...z.toJSONSchema(exportLines[kind], { target: 'draft-2020-12', io: 'input' }),
    $id: `urn:waymark:export:${kind}.v1`,
    title: kind,
  };
}

/** Which part each kind of line belongs to. */
export const partOf: Readonly<Record<LineKind, ExportPart>> = {
  profile: 'provided',
  identity: 'provided',
  traits: 'provided',
  group: 'provided',
  alias: 'provided',
  consent: 'provided',
  pageView: 'observed',
  screenView: 'observed',
  action: 'observed',
  sessionStarted: 'observed',
  sessionEnded: 'observed',
  sessionsMerged: 'observed',
  interpretation: 'inferred',
  link: 'inferred',
  struggleDetected: 'inferred',
  struggleEscalated: 'inferred',
  struggleResolved: 'inferred',
  decision: 'inferred',
  interventionOutcome: 'inferred',
  analysis: 'inferred',
  assessment: 'inferred',
};

export const lineKinds = Object.keys(partOf) as readonly LineKind[];
