import { eld } from 'eld';
import type { DetectLanguage } from '../../commands/help/compliance.js';

/** The smallest of its databases: 29 MB of memory, loaded in about a second when the first text is looked at. */
const database = 'extrasmall';
/** Below this a name or a loan word decides. Letters. */
const fewestLetters = 20;

/** Languages by their n-grams, 60 of them; says only what it is sure of. */
export function eldLanguageDetector(): DetectLanguage {
  let loading: Promise<typeof eld> | undefined;
  return async (text) => {
    if ((text.match(/\p{L}/gu)?.length ?? 0) < fewestLetters) return null;
    loading ??= load();
    const found = (await loading).detect(text);
    return found.isReliable() ? found.language : null;
  };
}

async function load(): Promise<typeof eld> {
  if (!('load' in eld)) throw new Error('this entry of eld has its database built in');
  const detector = eld.newInstance();
  await detector.load(database);
  return detector;
}
