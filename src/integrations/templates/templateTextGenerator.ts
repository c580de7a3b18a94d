import type { TextGenerator } from '../../commands/textGenerator.js';
import { english } from './english.js';
import { readableFeatureName } from './featureName.js';
import { french } from './french.js';
import { german } from './german.js';
import { spanish } from './spanish.js';
import { type LanguageWordings, toneOf } from './wording.js';

const wordings = new Map([english, german, spanish, french].map((each) => [each.language, each]));

export const templateLanguages: readonly string[] = [...wordings.keys()];

/** Texts by signal, severity and language, written by people. Always has something to say; English where all else fails. */
export const templateTextGenerator: TextGenerator = {
  async generate({ signalType, severity, featureId, languages }) {
    const { language, version, named, unnamed, texts } = wordingsFor(languages);
    const tone = toneOf[severity];
    const { title, body } = texts[signalType][tone];
    const feature = readableFeatureName(featureId);
    return {
      language,
      title,
      body: body(feature === undefined ? unnamed : named(feature)),
      author: { kind: 'template', name: `${signalType}.${tone}.${language}`, version },
    };
  },
};

function wordingsFor(languages: readonly string[]): LanguageWordings {
  for (const tag of languages) {
    const found = wordings.get(tag.split(/[-_]/, 1)[0]?.toLowerCase() ?? '');
    if (found !== undefined) return found;
  }
  return english;
}
