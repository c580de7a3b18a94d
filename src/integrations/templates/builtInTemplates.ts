import type { BuiltInTemplates, Tone } from '../../commands/help/composeText.js';
import { english } from './english.js';
import { french } from './french.js';
import { german } from './german.js';
import { renderTemplate } from './liquidTemplates.js';
import { spanish } from './spanish.js';
import type { Topic } from './wording.js';

const wordings = new Map([english, german, spanish, french].map((each) => [each.language, each]));
const topics: ReadonlySet<string> = new Set(Object.keys(english.texts));
const tones: readonly Tone[] = ['gentle', 'direct'];

/** What a strategy may name as its template: a topic, spoken in the tone that fits, or a topic in one tone. */
export const builtInTemplateIds: readonly string[] = [...topics].flatMap((topic) => [
  topic,
  ...tones.map((tone) => `${topic}.${tone}`),
]);

/** Texts by topic, tone, complexity and language. */
export const builtInTemplates: BuiltInTemplates = {
  languages: [...wordings.keys()],
  find(id, about) {
    const [topic = '', named] = id.split('.', 2);
    const wording = wordings.get(about.language);
    const tone = named === undefined ? about.tone : tones.find((each) => each === named);
    if (wording === undefined || tone === undefined || !isTopic(topic)) return undefined;
    const { title, body, simple } = wording.texts[topic][tone];
    const isSimple = about.complexity === 'simple';
    return {
      name: `${topic}.${tone}.${isSimple ? 'simple.' : ''}${wording.language}`,
      version: wording.version,
      source: { title, body: isSimple ? simple : body },
    };
  },
  whereIn(language, feature) {
    const wording = wordings.get(language);
    if (wording === undefined || feature === undefined) return wording?.unnamed;
    return renderTemplate(wording.named, { feature });
  },
};

function isTopic(topic: string): topic is Topic {
  return topics.has(topic);
}
