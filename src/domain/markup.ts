/** HTML that is safe to show: everything in it was written here or escaped. */
export interface Markup {
  readonly markup: string;
}

/** HTML with every text that is put in escaped, for content and quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Markup)[]): Markup {
  let markup = parts[0] ?? '';
  values.forEach((each, index) => {
    markup += (typeof each === 'string' ? escaped(each) : each.markup) + (parts[index + 1] ?? '');
  });
  return { markup };
}

export function joined(each: readonly Markup[]): Markup {
  return { markup: each.map(({ markup }) => markup).join('') };
}

/**
 * A value of unknown origin: isolated, so that it cannot turn the direction of what stands around it, and with its
 * control and direction marks shown as what they are (Unicode TR 36, 2.3).
 */
export function value(text: string): Markup {
  const visible = text.replaceAll(invisible, (mark) => {
    const code = mark.codePointAt(0) ?? 0;
    return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
  return html`<bdi>${visible}</bdi>`;
}

/** Controls, direction marks and lone surrogates; not tab, line feed, and the joiners that scripts and emoji need. */
const invisible = /[^\P{C}\t\n\u200C\u200D]/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
