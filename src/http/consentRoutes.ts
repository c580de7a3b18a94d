import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Access, AccessKeys } from '../commands/accessKeys.js';
import type { Consents } from '../commands/consents.js';
import type { JourneyCause } from '../commands/journeys.js';
import type { ConsentCommand } from '../domain/consent/commands.js';
import {
  type ConsentScope,
  consentChannels,
  consentPurposes,
  consentSources,
  type Decision,
} from '../domain/consent/events.js';
import type { JsonValue } from '../domain/json.js';
import { laterPosition, type Position } from '../domain/metadata.js';
import { findPersonal } from '../domain/privacy/detection.js';
import { namesPerson } from '../domain/privacy/ownIds.js';
import { unreachable } from '../domain/unreachable.js';
import { accessOf, authorise } from './auth.js';
import { addJsonBody } from './ingestion/body.js';
import { readIdentifier } from './ingestion/identifier.js';
import { isJsonObject, type ParsedJson } from './ingestion/json.js';
import { problemResponses } from './problems.js';
import { identifier, instant, invalidParameters, parseParameters } from './reads/parameters.js';
import { jsonSchema } from './schema.js';

export interface ConsentRoutesOptions {
  readonly accessKeys: AccessKeys;
  readonly consents: Consents;
  /** The pseudonym of an identity. */
  subjectOf(tenantId: string, kind: 'user' | 'anonymous', value: string): string;
  formatPosition(position: Position): string;
  /** Epoch milliseconds. */
  now(): number;
}

const bodyBytes = 64 * 1024;
const mostDecisions = 100;
/** How far a client's clock may be ahead: what it then says counts as of now. Milliseconds. */
const allowedSkew = 5 * 60_000;

const personId = z
  .union([z.string(), z.number()])
  .refine((value) => Boolean(readIdentifier(value)), { message: 'must be an id as events carry it' })
  .transform((value) => String(value));
/** Held to what every store gives back unchanged, as ids are: no control characters, no broken Unicode. */
const shortText = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => readIdentifier(text) === text, { message: 'must not hold control characters' });
const notImpersonal = 'must be a reference and hold no personal value';
/** @param ipAddresses false where dotted numbers are versions */
const reference = (longest: number, ipAddresses = true) =>
  shortText(longest).refine((text) => findPersonal(text, { ipAddresses }).length === 0, {
    error: notImpersonal,
  });
const evidence = {
  policyVersion: reference(100, false).optional(),
  textHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lower-case hexadecimal digits')
    .optional(),
  source: z.enum(consentSources).default('api'),
  proof: reference(256)
    .optional()
    .meta({ description: 'Your own reference to the evidence; no personal value.' }),
  decidedAt: instant('When the person decided. Default: now.').optional(),
};

const identity = { userId: personId.optional(), anonymousId: personId.optional() };
const scope = {
  purpose: z.enum(consentPurposes),
  channel: z.enum(consentChannels).optional().meta({ description: 'Default: all channels.' }),
};
const decision = z
  .discriminatedUnion('decision', [
    z.strictObject({
      decision: z.literal('grant'),
      ...identity,
      ...scope,
      ...evidence,
      policyVersion: evidence.policyVersion.unwrap(),
      textHash: evidence.textHash.unwrap(),
    }),
    z.strictObject({ decision: z.literal('withdraw'), ...identity, ...scope, ...evidence }),
    z.strictObject({ decision: z.enum(['opt-out-of-sale', 'allow-sale']), ...identity, ...evidence }),
  ])
  .superRefine((given, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((given.userId === undefined) === (given.anonymousId === undefined)) {
      fault('userId', 'or anonymousId: exactly one is needed');
    }
    if (given.proof !== undefined && namesPerson(given.proof, [given.userId, given.anonymousId])) {
      fault('proof', notImpersonal);
    }
    if ('channel' in given && consentChannels.some((name) => name === given.purpose)) {
      fault('channel', 'goes with a purpose that is no channel itself');
    }
  });
const decisions = z.array(decision).min(1).max(mostDecisions);
const person = z.object({ userId: identifier('The id your application knows the person by.') });
const restriction = z.strictObject({ restricted: z.boolean(), ...evidence });

const recorded = z.object({
  data: z.object({ recorded: z.int().meta({ description: 'Decisions taken, repeated ones among them.' }) }),
  position: z
    .string()
    .nullable()
    .meta({ description: 'For `waitFor` of a read; null where nothing was new.' }),
});

/** Decisions on consent as a page's form sends them, with a write key. */
export function consentRoutes(options: ConsentRoutesOptions): FastifyPluginAsync {
  const { accessKeys, consents, subjectOf, formatPosition, now } = options;
  return async (app) => {
    addJsonBody(app, bodyBytes);
    app.post<{ Body: ParsedJson }>(
      '/consents',
      {
        config: { access: 'write' },
        schema: {
          operationId: 'recordConsents',
          tags: ['privacy'],
          summary: 'Records what a person agreed to or refused: one decision, or an array of them',
          description: `At most ${mostDecisions}. When this is answered, they hold: nothing they refuse is accepted any more.`,
          security: [{ writeKey: [] }],
          body: jsonSchema(z.union([decision, decisions]), 'input'),
          response: { 200: jsonSchema(recorded, 'output'), ...problemResponses },
        },
        validatorCompiler: () => () => true,
      },
      async (request) => {
        const { key, given } = separateKey(request.body.value);
        const access = request.access ?? authorise(accessKeys, key, 'write');
        const { tenantId } = access;
        const cause = { correlationId: request.id, recordedAt: now(), source: 'consents' };
        const parsed = parseParameters(decisions, given);
        let position: Position | undefined;
        // All are looked at before the first is recorded.
        const commands = parsed.map((each) => commandFor(each, cause.recordedAt, access));
        for (const [at, command] of commands.entries()) {
          const { userId, anonymousId = '' } = parsed[at] ?? {};
          const subject =
            userId === undefined
              ? subjectOf(tenantId, 'anonymous', anonymousId)
              : subjectOf(tenantId, 'user', userId);
          position = laterPosition(position, await consents.execute(tenantId, subject, [command], cause));
        }
        return answer(commands.length, position, formatPosition);
      },
    );
  };
}

/** The restriction of processing (Art. 18 GDPR), which an administrator sets. */
export function restrictionRoutes(options: Omit<ConsentRoutesOptions, 'accessKeys'>): FastifyPluginAsync {
  const { consents, subjectOf, formatPosition, now } = options;
  return async (app) => {
    app.post(
      '/profiles/:userId/restriction',
      {
        config: { access: 'privacy' },
        schema: {
          operationId: 'restrictProcessing',
          tags: ['privacy'],
          summary: "Restricts the processing of a person's data, or lifts the restriction",
          params: jsonSchema(person, 'input'),
          body: jsonSchema(restriction, 'input'),
          response: { 200: jsonSchema(recorded, 'output'), ...problemResponses },
        },
        validatorCompiler: () => () => true,
      },
      async (request) => {
        const access = accessOf(request);
        const { tenantId } = access;
        const { userId } = parseParameters(person, request.params);
        const { restricted, ...given } = parseParameters(restriction, request.body);
        if (given.proof !== undefined && namesPerson(given.proof, [userId])) {
          throw invalidParameters([{ path: 'proof', code: 'personal-value', message: notImpersonal }]);
        }
        const cause: JourneyCause = { correlationId: request.id, recordedAt: now(), source: 'consents' };
        const data = decisionOf(given, cause.recordedAt, access);
        const command = { type: restricted ? 'RestrictProcessing' : 'LiftRestriction', data } as const;
        const subject = subjectOf(tenantId, 'user', userId);
        const position = await consents.execute(tenantId, subject, [command], cause);
        return answer(1, position, formatPosition);
      },
    );
  };
}

function answer(count: number, position: Position | undefined, format: (position: Position) => string) {
  return { data: { recorded: count }, position: position === undefined ? null : format(position) };
}

function separateKey(body: JsonValue): { readonly key: string | undefined; readonly given: JsonValue } {
  if (!isJsonObject(body)) return { key: undefined, given: body };
  const { writeKey, ...given } = body;
  return { key: typeof writeKey === 'string' ? writeKey : undefined, given: [given] };
}

function commandFor(given: z.output<typeof decision>, receivedAt: number, access: Access): ConsentCommand {
  const data = decisionOf(given, receivedAt, access);
  switch (given.decision) {
    case 'grant':
      return { type: 'GrantConsent', data: { ...data, ...scopeOf(given) } };
    case 'withdraw':
      return { type: 'WithdrawConsent', data: { ...data, ...scopeOf(given) } };
    case 'opt-out-of-sale':
      return { type: 'OptOutOfSale', data };
    case 'allow-sale':
      return { type: 'AllowSale', data };
    default:
      return unreachable(given);
  }
}

function scopeOf({ purpose, channel }: z.output<z.ZodObject<typeof scope>>): ConsentScope {
  return channel === undefined ? { purpose } : { purpose, channel };
}

type Evidence = Pick<z.output<typeof restriction>, keyof typeof evidence>;

/** @throws CodedError `invalid-parameter` for a decision from the future, which no later one could take back */
function decisionOf(
  { decidedAt, source, policyVersion, textHash, proof }: Evidence,
  receivedAt: number,
  { keyId, role }: Access,
): Decision {
  if (decidedAt !== undefined && decidedAt > receivedAt + allowedSkew) {
    const message = 'must not be in the future';
    throw invalidParameters([{ path: 'decidedAt', code: 'in-the-future', message }]);
  }
  const at = Math.min(decidedAt ?? receivedAt, receivedAt);
  return {
    decidedAt: at,
    countsFrom: at,
    source,
    policyVersion: policyVersion ?? null,
    textHash: textHash ?? null,
    proof: proof ?? null,
    actor: { keyId, role },
  };
}
