import { Liquid, LiquidError, type Template } from 'liquidjs';
import { LRUCache } from 'lru-cache';
import { type RenderTemplate, templateVariables, type Variables } from '../../commands/help/composeText.js';
import { findPersonal } from '../../domain/privacy/detection.js';

/** Conditions, and nothing that loops, assigns, or reads a file. */
const allowedTags = ['if', 'unless', 'case', 'comment', '#'];
/** What words and numbers need. None that makes much of little. */
const allowedFilters = [
  'append',
  'capitalize',
  'default',
  'divided_by',
  'downcase',
  'minus',
  'plus',
  'prepend',
  'round',
  'strip',
  'times',
  'truncate',
  'truncatewords',
  'upcase',
];

/** Characters of one source. */
export const longestSource = 10_000;
/**
 * Characters that filters may make. There is no limit on time: nothing loops, so the length of the source bounds that, and
 * a limit would refuse a good template whenever the process pauses.
 */
const memoryLimit = 100_000;
const remembered = 500;
const variableNames: ReadonlySet<string> = new Set(templateVariables);

function createEngine(): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // `{% if name %}` and `{{ name | default: "there" }}` ask whether something is known.
    lenientIf: true,
    // Templates are looked up here alone, and there are none: no tag can reach a file.
    templates: {},
    parseLimit: longestSource,
    memoryLimit,
  });
  for (const tag of Object.keys(engine.tags)) if (!allowedTags.includes(tag)) delete engine.tags[tag];
  for (const filter of Object.keys(engine.filters))
    if (!allowedFilters.includes(filter)) engine.unregisterFilter(filter);
  return engine;
}

const engine = createEngine();
const parsed = new LRUCache<string, Template[]>({ max: remembered });

/** Plain text of a plain source: values stand in it as they are, since every channel shows, or escapes, the whole as text. */
export const renderTemplate: RenderTemplate = (source, variables) => {
  let template = parsed.get(source);
  if (template === undefined) {
    template = engine.parse(source);
    parsed.set(source, template);
  }
  return String(engine.renderSync(template, variables));
};

export interface TemplateFault {
  readonly code: 'too-long' | 'invalid-template' | 'unknown-variable' | 'personal-value';
  /** What to do about it; quotes no more of the template than the name of a tag, filter or variable. */
  readonly message: string;
}

/** Values that no template may count on all take part: what is in one branch of a condition is looked at as well. */
const sample: Variables = {
  ...{ where: 'here', feature: 'Export report', tone: 'gentle', complexity: 'detailed', channel: 'in_app' },
  ...{ ageGroup: '25_34', name: 'Sam', attempts: 3, errors: 2 },
};

/** Everything that keeps a source from being rendered, whenever it is stored rather than when it is needed. */
export function templateFaults(source: string): readonly TemplateFault[] {
  if (source.length > longestSource)
    return [{ code: 'too-long', message: `Keep a template within ${longestSource} characters.` }];
  const faults: TemplateFault[] = [];
  if (findPersonal(source).length > 0)
    faults.push({ code: 'personal-value', message: 'Leave out personal values.' });
  try {
    const template = engine.parse(source);
    for (const segments of engine.variableSegmentsSync(template, { partials: false })) {
      const [name] = segments;
      if (segments.length > 1 || typeof name !== 'string' || !variableNames.has(name))
        faults.push({ code: 'unknown-variable', message: `Use only ${templateVariables.join(', ')}.` });
    }
    if (faults.length === 0) engine.renderSync(template, sample);
  } catch (error) {
    faults.push({ code: 'invalid-template', message: messageOf(error) });
  }
  return faults;
}

function messageOf(error: unknown): string {
  if (!LiquidError.is(error)) return 'The template cannot be rendered.';
  const [row] = error.token.getPosition();
  const name = /^(?:tag|undefined filter:?) "?([a-z_]{1,30})/.exec(error.originalError?.message ?? '')?.[1];
  const allowed = `Tags: ${allowedTags.join(', ')}; filters: ${allowedFilters.join(', ')}.`;
  return name === undefined
    ? `Line ${row} is no valid Liquid.`
    : `Line ${row}: ${name} is not among what templates may use. ${allowed}`;
}
