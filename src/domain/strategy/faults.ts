import { Faults } from '../faults.js';
import type { StrategyContent, StrategyDefinition, StrategyTrigger } from './definition.js';

/** Every one of them is weighed in a decision and stands in its event. */
export const mostStrategies = 100;

const minute = 60_000;
const day = 24 * 60 * minute;
const mostVariants = 10;
const mostFeatures = 50;
const mostLanguages = 50;
const id = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const languageTag = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;

/**
 * Everything that is wrong with a strategy of the right shape. Strategies are shown and kept in the clear, also after
 * everybody was erased, so no text of theirs may hold a personal value.
 */
export function strategyFaults(strategyId: string, definition: StrategyDefinition): Faults {
  const { trigger, goal, channels, variants, content } = definition;
  const faults = new Faults();
  faults.pattern('id', strategyId, id, 'must be 1–64 of a–z, 0–9 and -, not - at an end');
  faults.text('name', definition.name, 1, 100);
  faultsOfTrigger(faults, trigger);
  if (goal.kind === 'event') faults.text('goal.name', goal.name, 1, 256);
  faults.when(goal.kind === 'struggle-resolved' && trigger.kind !== 'struggle', {
    path: 'goal.kind',
    code: 'goal-without-struggle',
    message: 'can be struggle-resolved only where a struggle is the trigger',
  });
  faults.range('goalWindow', definition.goalWindow, minute, 90 * day);
  faults.list('channels', channels, 1, 5);
  faults.range('priority', definition.priority, 0, 100);
  faults.range('cooldown', definition.cooldown, 0, 365 * day);
  faults.number('holdout', definition.holdout, 0, 0.5);
  faults.range('expiresAfter', definition.expiresAfter, minute, 90 * day);
  for (const [name, values] of Object.entries(definition.conditions)) {
    if (values !== undefined) faults.list(`conditions.${name}`, values, 1, 10);
  }
  faults.text('content.brief', content.brief, 1, 2000);
  faultsOfContent(faults, 'content', content);
  faults.list(
    'variants',
    variants.map((variant) => variant.id),
    0,
    mostVariants,
  );
  for (const [index, variant] of variants.entries()) {
    faults.pattern(`variants.${index}.id`, variant.id, id, 'must be 1–64 of a–z, 0–9 and -, not - at an end');
    faults.range(`variants.${index}.weight`, variant.weight, 1, 1000);
    const { brief } = variant.content;
    if (brief !== undefined) faults.text(`variants.${index}.content.brief`, brief, 1, 2000);
    faultsOfContent(faults, `variants.${index}.content`, variant.content);
  }
  return faults;
}

function faultsOfTrigger(faults: Faults, trigger: StrategyTrigger): void {
  if (trigger.kind === 'event') faults.text('trigger.name', trigger.name, 1, 256);
  if (trigger.kind === 'struggle') {
    if (trigger.signalTypes !== undefined) faults.list('trigger.signalTypes', trigger.signalTypes, 1, 10);
    if (trigger.features !== undefined) {
      faults.list('trigger.features', trigger.features, 1, mostFeatures);
      for (const [index, feature] of trigger.features.entries())
        faults.text(`trigger.features.${index}`, feature, 1, 200);
    }
  }
  if (trigger.kind !== 'absence') return;
  faults.text('trigger.after', trigger.after, 1, 256);
  faults.text('trigger.of', trigger.of, 1, 256);
  faults.range('trigger.within', trigger.within, minute, 90 * day);
  faults.when(trigger.after === trigger.of, {
    path: 'trigger.of',
    code: 'same-event',
    message: 'must be another event than trigger.after',
  });
}

function faultsOfContent(
  faults: Faults,
  path: string,
  { template, templates }: Partial<StrategyContent>,
): void {
  if (typeof template === 'string') faults.text(`${path}.template`, template, 1, 100);
  if (templates === undefined) return;
  faults.list(`${path}.templates`, Object.keys(templates), 1, mostLanguages);
  for (const [language, { title, body }] of Object.entries(templates)) {
    const at = `${path}.templates.${language}`;
    faults.pattern(at, language, languageTag, 'must be named by a language tag, such as de or pt-BR');
    faults.text(`${at}.title`, title, 1, 500);
    faults.text(`${at}.body`, body, 1, 10_000);
  }
}
