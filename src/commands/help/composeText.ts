import type { ConsentChannel } from '../../domain/consent/events.js';
import type { Complexity } from '../../domain/content/audience.js';
import { readableFeatureName } from '../../domain/content/featureName.js';
import { fallbackChain } from '../../domain/content/languages.js';
import { plainValue } from '../../domain/content/plainValue.js';
import type { Severity, SignalType } from '../../domain/journey/events.js';
import type { StrategyContent } from '../../domain/strategy/definition.js';

/** How a text speaks: in passing, or plainly because the person is really stuck. */
export type Tone = 'gentle' | 'direct';

/** What a text is to be about, and for whom. */
export interface HelpBrief {
  readonly strategyId: string;
  readonly strategyVersion: number;
  /** Null where no struggle led here; likewise the severity. */
  readonly signalType: SignalType | null;
  readonly severity: Severity | null;
  /** As the client's events named it: any text, never trusted as markup. */
  readonly featureId: string | null;
  /** BCP 47: the person's, first choice first, then the tenant's default. May be empty or hold unknown ones. */
  readonly languages: readonly string[];
  /** Null: by severity. */
  readonly tone: Tone | null;
  readonly complexity: Complexity;
  readonly ageGroup: string | null;
  readonly channel: ConsentChannel;
  /** Some of `givenVariables`. Texts that are not plainly a name or a word count as not given. */
  readonly variables: Readonly<Record<string, string | number>>;
}

/** What the caller may know of the person: how they are called, how often they tried, how often it failed. */
export const givenVariables = ['name', 'attempts', 'errors'] as const;
/** All that a template may speak of. `where` is always there: `with “Export report”`, or `here`, in the text's language. */
export const templateVariables = [
  'where',
  'feature',
  'tone',
  'complexity',
  'channel',
  'ageGroup',
  ...givenVariables,
] as const;

export type Variables = Readonly<Partial<Record<(typeof templateVariables)[number], string | number>>>;

/** Liquid. */
export interface TemplateSource {
  readonly title: string;
  readonly body: string;
}

/** Texts that Waymark brings along, written by people. */
export interface BuiltInTemplates {
  /** Primary language subtags. */
  readonly languages: readonly string[];
  /** Undefined where there is no such template. @param id as `first-help`'s: `<topic>` or `<topic>.<tone>` */
  find(
    id: string,
    about: { readonly language: string; readonly tone: Tone; readonly complexity: Complexity },
  ): { readonly name: string; readonly version: number; readonly source: TemplateSource } | undefined;
  /** Undefined in a language that is not spoken here. @param feature undefined: nothing that has a name */
  whereIn(language: string, feature: string | undefined): string | undefined;
}

/** @throws where the template does not parse, names what is not there, or takes too much memory */
export type RenderTemplate = (source: string, variables: Variables) => string;

export interface ComposedText {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly body: string;
  readonly author: { readonly kind: 'template'; readonly name: string; readonly version: number };
}

/** A plain text in the first language of the chain that there is a template for; null where no template says anything. */
export type ComposeText = (brief: HelpBrief, content: StrategyContent) => Promise<ComposedText | null>;

const toneBySeverity: Readonly<Record<Severity, Tone>> = {
  low: 'gentle',
  medium: 'gentle',
  high: 'direct',
  critical: 'direct',
};

interface Candidate {
  readonly language: string;
  readonly name: string;
  readonly version: number;
  readonly source: TemplateSource;
}

/** The strategy's own template first; where it fails for want of a value, the built-in one that it names, or the one for the signal. */
export function composeText({
  builtIn,
  render,
}: {
  readonly builtIn: BuiltInTemplates;
  readonly render: RenderTemplate;
}): ComposeText {
  return async (brief, content) => {
    const tone = brief.tone ?? content.tone ?? toneBySeverity[brief.severity ?? 'low'];
    for (const { language, name, version, source } of candidates(builtIn, brief, content, tone)) {
      const variables = variablesOf(builtIn, brief, tone, language);
      const title = attempt(() => oneLine(render(source.title, variables)));
      const body = attempt(() => tidy(render(source.body, variables)));
      if (title && body) return { language, title, body, author: { kind: 'template', name, version } };
    }
    return null;
  };
}

function* candidates(
  builtIn: BuiltInTemplates,
  { strategyId, strategyVersion, signalType, languages, complexity }: HelpBrief,
  { template, templates = {} }: StrategyContent,
  tone: Tone,
): Generator<Candidate> {
  const chain = fallbackChain(languages);
  const own = new Map(Object.entries(templates).map(([tag, source]) => [tag.toLowerCase(), { tag, source }]));
  for (const language of chain) {
    const found = own.get(language);
    if (found === undefined) continue;
    const { tag, source } = found;
    yield { language: tag, name: `${strategyId}.${tag}`, version: strategyVersion, source };
  }
  for (const id of [template, signalType ?? 'general']) {
    if (id === null) continue;
    for (const language of chain) {
      const found = builtIn.find(id, { language, tone, complexity });
      if (found !== undefined) yield { language, ...found };
    }
  }
}

function variablesOf(
  builtIn: BuiltInTemplates,
  { featureId, complexity, channel, ageGroup, variables }: HelpBrief,
  tone: Tone,
  language: string,
): Variables {
  const feature = featureId === null ? undefined : readableFeatureName(featureId);
  const primary = language.split('-', 1)[0]?.toLowerCase() ?? '';
  const known: Record<string, string | number | undefined | null> = {
    ...Object.fromEntries(givenVariables.map((name) => [name, shownValue(variables[name])])),
    ...{ feature, tone, complexity, channel, ageGroup },
    where: builtIn.whereIn(primary, feature),
  };
  return Object.fromEntries(
    Object.entries(known).filter(([, value]) => value !== undefined && value !== null),
  );
}

function shownValue(value: string | number | undefined): string | number | undefined {
  if (typeof value === 'string') return plainValue(value);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function attempt(work: () => string): string | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/[\t\n\r ]+/g, ' ').trim();
}

/** What the lines of conditions leave behind is no text. */
function tidy(text: string): string {
  return text
    .replaceAll(/[\t\r ]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
