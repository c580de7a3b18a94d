import type { JsonObject, JsonValue } from '../json.js';
import { cut } from '../text.js';
import type { UserMessage } from './commands.js';
import type { Interaction, InteractionKind } from './events.js';

/**
 * What a message means for features and struggles. Names follow Segment's "Object Action" convention, so the last
 * word says what happened; an explicit `success` (or `outcome`) property wins over the name.
 */
export function interpretInteraction(message: UserMessage): Interaction | undefined {
  const properties = message.properties ?? noProperties;
  const featureId = featureOf(properties);
  const kind = kindOf(message, properties, featureId !== undefined);
  if (kind === undefined) return undefined;
  const interaction: { -readonly [K in keyof Interaction]: Interaction[K] } = { kind };
  if (featureId !== undefined) interaction.featureId = featureId;
  if (kind !== 'used') addDetails(interaction, properties);
  return interaction;
}

const noProperties: JsonObject = {};

const kindByWord: ReadonlyMap<string, InteractionKind> = new Map([
  ...words('started', 'started', 'begun'),
  ...words('attempted', 'attempted', 'tried', 'retried'),
  ...words('succeeded', 'succeeded', 'completed', 'completion', 'solved', 'passed', 'finished'),
  ...words('failed', 'failed', 'rejected', 'declined'),
  ...words('abandoned', 'abandoned', 'abandonment', 'cancelled', 'canceled'),
  ...words('error', 'error', 'errored', 'crashed'),
  ...words('click', 'clicked', 'click', 'tapped'),
]);
const kindByFirstWord: ReadonlyMap<string, InteractionKind> = new Map([
  ...words('error', 'error', 'exception'),
  ...words('help', 'help', 'support', 'faq', 'hint'),
]);
const outcomes: ReadonlyMap<string, InteractionKind> = new Map([
  ...words('succeeded', 'success', 'succeeded', 'completed', 'passed', 'correct'),
  ...words('failed', 'failure', 'failed', 'error', 'incorrect'),
  ...words('abandoned', 'abandoned', 'cancelled', 'canceled'),
  ...words('attempted', 'attempt', 'attempted'),
  ...words('started', 'started'),
]);
const helpPage = /\b(help|faq|support|contact us|how to)\b/i;

function words(kind: InteractionKind, ...names: string[]): [string, InteractionKind][] {
  return names.map((name) => [name, kind]);
}

function kindOf(
  message: UserMessage,
  properties: JsonObject,
  hasFeature: boolean,
): InteractionKind | undefined {
  const { kind, name } = message;
  const used = hasFeature ? 'used' : undefined;
  if (kind === 'page' || kind === 'screen') return name !== undefined && helpPage.test(name) ? 'help' : used;
  if (kind !== 'track' || name === undefined) return undefined;
  // A video that is watched has its own meaning; it is no task that could be left unfinished.
  if (name.startsWith('Video ')) return used;
  if (properties.signalType !== undefined && name === 'Struggle Signal') return 'attempted';
  const meaning =
    kindOfOutcome(properties) ??
    kindOfName(name) ??
    (numberOf(properties.attemptCount) === undefined ? used : 'attempted');
  // To begin or to try something says nothing of a struggle unless it is known with what.
  return !hasFeature && (meaning === 'started' || meaning === 'attempted') ? undefined : meaning;
}

function kindOfOutcome(properties: JsonObject): InteractionKind | undefined {
  const success = properties.success;
  if (success === true) return 'succeeded';
  if (success === false) return 'failed';
  const outcome = properties.outcome;
  return typeof outcome === 'string' ? outcomes.get(outcome.toLowerCase()) : undefined;
}

function kindOfName(name: string): InteractionKind | undefined {
  const lower = name.toLowerCase();
  const last = lower.slice(lower.lastIndexOf(' ') + 1);
  const space = lower.indexOf(' ');
  const first = space < 0 ? lower : lower.slice(0, space);
  return kindByFirstWord.get(first) ?? kindByWord.get(last);
}

const featureKeys = ['feature', 'featureId', 'feature_id', 'formId', 'form_id', 'taskId', 'task_id'] as const;

function featureOf(properties: JsonObject): string | undefined {
  for (const key of featureKeys) {
    const value = properties[key];
    if (typeof value === 'string' && value !== '') return cut(value, 200);
  }
  return undefined;
}

function addDetails(
  interaction: { -readonly [K in keyof Interaction]: Interaction[K] },
  properties: JsonObject,
): void {
  const attemptCount = numberOf(properties.attemptCount ?? properties.attempt_count);
  if (attemptCount !== undefined) interaction.attemptCount = Math.min(Math.floor(attemptCount), 1_000_000);
  const timeSpent = numberOf(properties.timeSpent ?? properties.time_spent);
  if (timeSpent !== undefined) interaction.timeSpent = timeSpent;
  const errorCode = properties.errorCode ?? properties.error_code ?? properties.error;
  if (typeof errorCode === 'string' || typeof errorCode === 'number') {
    interaction.errorCode = cut(String(errorCode), 100);
  }
  if (interaction.kind === 'click') interaction.target = targetOf(properties);
  const signal = properties.signalType;
  if (typeof signal === 'string') interaction.reportedSignal = cut(signal, 50);
}

/** Clicks within one cell of 32 pixels count as clicks on the same thing. */
function targetOf(properties: JsonObject): string {
  const named = properties.selector ?? properties.element_id ?? properties.target;
  if (typeof named === 'string') return cut(named, 200);
  const x = numberOf(properties.x);
  const y = numberOf(properties.y);
  return x === undefined || y === undefined ? 'unknown' : `${Math.round(x / 32)},${Math.round(y / 32)}`;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
