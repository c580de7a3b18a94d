import type { ConsentChannel } from '../../domain/consent/events.js';
import type { HelpWriting } from '../../domain/intervention/commands.js';
import type { FallbackText, MessageText } from '../../domain/intervention/events.js';
import { fromTemplates, type TemplatePorts } from './fromTemplates.js';
import { briefFor, type TextRequest } from './writeText.js';

/** What goes out where the first channel fails, with what may not. */
export type FallbackTexts = (
  text: MessageText,
  request: TextRequest,
  others: readonly ConsentChannel[],
) => Promise<{ readonly texts: readonly FallbackText[]; readonly refused: HelpWriting['refused'] }>;

/**
 * A text is worded for the first channel; another one allows fewer characters, or demands other phrases. Where it does not
 * fit, that channel gets the template; where that does not fit either, nothing goes out over it.
 */
export function createFallbackTexts(ports: TemplatePorts): FallbackTexts {
  return async (text, request, others) => {
    const texts: FallbackText[] = [];
    const refused: HelpWriting['refused'][number][] = [];
    const { policy, reader, content } = request;
    const about = { policy: policy.compliance, personalValues: [] };
    const putBack = reader.name === null ? [] : [reader.name];
    for (const channel of others) {
      const click = request.clickOver(channel);
      const checkedFor = { ...about, channel, click, language: text.language, putBack };
      const reasons = await ports.check(text, checkedFor);
      if (reasons.length === 0) continue;
      refused.push({ author: text.author, channel, reasons });
      const brief = { ...briefFor(request), channel };
      const template = await fromTemplates(ports, content, brief, checkedFor, text);
      refused.push(...template.refused.map((each) => ({ ...each, channel })));
      texts.push({ channel, text: template.text });
    }
    return { texts, refused };
  };
}
