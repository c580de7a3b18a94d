import type { FieldError } from '../../domain/errors.js';
import type { StrategyContent, StrategyDefinition } from '../../domain/strategy/definition.js';

/** What a template engine knows of templates before they are needed. */
export interface TemplateRules {
  /** Of the built-in templates. */
  readonly ids: readonly string[];
  /** Everything that keeps a source from being rendered; messages quote no text of it. */
  faultsOf(source: string): readonly { readonly code: string; readonly message: string }[];
}

/** What is wrong with the templates of a strategy and its variants: found when it is stored, not when somebody needs help. */
export type StrategyTemplateFaults = (
  definition: Pick<StrategyDefinition, 'content' | 'variants'>,
) => readonly FieldError[];

export function strategyTemplateFaults({ ids, faultsOf }: TemplateRules): StrategyTemplateFaults {
  const faultsOfContent = (path: string, { template, templates = {} }: Partial<StrategyContent>) => {
    const own = Object.entries(templates).flatMap(([language, source]) =>
      (['title', 'body'] as const).flatMap((part) =>
        faultsOf(source[part]).map((fault) => ({ path: `${path}.templates.${language}.${part}`, ...fault })),
      ),
    );
    const isKnown = template === null || template === undefined || ids.includes(template);
    const message = `must be one of ${ids.join(', ')}`;
    return isKnown ? own : [{ path: `${path}.template`, code: 'unknown-template', message }, ...own];
  };
  return ({ content, variants }) => [
    ...faultsOfContent('content', content),
    ...variants.flatMap((variant, index) => faultsOfContent(`variants.${index}.content`, variant.content)),
  ];
}
