import { z } from 'zod';
import { consentChannels } from '../../domain/consent/events.js';
import { helpTriggers } from '../../domain/decision/events.js';
import { severities, signalTypes } from '../../domain/journey/events.js';
import { count, duration, type Shown, text, time, userId } from './fields.js';

const channel = z.enum(consentChannels);

const reason = z.object({
  code: text('Stable; docs/decisions.md lists them.'),
  text: text('The same in words.'),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).meta({
    description: 'What it went by: durations in milliseconds, times in epoch milliseconds.',
  }),
});

/** One strategy that waited for what happened, and what was found about it. */
export const candidate = z.object({
  strategyId: z.string(),
  strategyVersion: count('Of the strategy, when it was looked at.'),
  outcome: z.enum(['chosen', 'holdout', 'outranked', 'refused']),
  why: text('Why the person did or did not get its message, in words.'),
  reasons: z.array(reason).meta({ description: 'All that spoke against it.' }),
  channels: z
    .array(z.object({ channel, allowed: z.boolean(), reasons: z.array(reason) }))
    .meta({ description: 'In the order they would be tried, with what speaks against each.' }),
});

export const chosenStrategy = z.object({
  strategyId: z.string(),
  strategyVersion: z.int(),
  variant: z.string().nullable(),
  channels: z.array(channel).meta({ description: 'To be tried in this order; none in the holdout.' }),
  notBefore: time('When quiet hours end; null for at once.').nullable(),
  expiresAt: time('After which a message is not shown.'),
  goal: z.object({ kind: z.enum(['struggle-resolved', 'event', 'return']), name: z.string().optional() }),
  goalWindow: duration('Within which the goal counts as reached.'),
});

export const decision = z
  .object({
    id: z.string(),
    userId,
    trigger: z.enum(helpTriggers),
    strategy: z
      .string()
      .nullable()
      .meta({ description: 'The chosen one, or the one looked at; null where several were refused.' }),
    struggleId: z
      .string()
      .nullable()
      .meta({ description: 'Null where something other than a struggle led to it.' }),
    featureId: z.string().nullable(),
    signalType: z.enum(signalTypes).nullable(),
    severity: z.enum(severities).nullable(),
    decidedAt: time('When it was decided, or the wait for an event began.'),
    outcome: z.enum(['proposed', 'declined', 'waiting']),
    reasonCode: z.string().nullable().meta({ description: 'Of a declined one.' }),
    reason: text('Why, in words.'),
    consentEventId: z
      .string()
      .nullable()
      .meta({ description: 'The consent event that allowed or refused it; null where none did.' }),
    arm: z
      .enum(['treated', 'holdout'])
      .nullable()
      .meta({ description: 'Who is compared with whom; null where no strategy was left.' }),
    chosen: chosenStrategy.nullable(),
    candidates: z.array(candidate),
    interventionId: z.string().nullable().meta({ description: 'The help that it led to.' }),
    help: z
      .enum(['pending', 'delivered', 'answered', 'dismissed', 'failed', 'withheld'])
      .nullable()
      .meta({ description: 'What became of that help.' }),
    reached: z
      .object({ goal: z.string(), eventId: z.string(), at: time('When it was reached.') })
      .nullable()
      .meta({ description: 'Whether the goal was reached in its window, with help or without it.' }),
    policyVersion: count('Of the help policy that it was decided under.'),
  })
  .meta({ id: 'Decision' });
export type Decision = Shown<z.infer<typeof decision>>;
export type DecisionCandidateModel = Shown<z.infer<typeof candidate>>;
export type ChosenStrategyModel = Shown<z.infer<typeof chosenStrategy>>;
