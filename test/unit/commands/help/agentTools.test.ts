import t from 'tap';
import { runTool } from '../../../../src/commands/help/agentTools.js';
import type { FoundKnowledge } from '../../../../src/commands/help/knowledge.js';
import { hidePersonal } from '../../../../src/commands/help/withoutPersonal.js';

const nothing = async () => undefined;
const person = { struggles: nothing, profile: nothing, videos: nothing };
const hide = hidePersonal({
  personal: [{ trait: 'firstName', value: 'Augusta' }],
  shownTraits: [],
  name: null,
});
const reading = { tenantId: 'acme', subject: 's', language: 'en', featureId: null, hide };

t.test(
  'an excerpt is shown as it stands, and nothing of a person in it wherever they are named',
  async (t) => {
    for (const length of [195, 199, 397]) {
      const excerpt = `${'word '.repeat(200).slice(0, length - 1)} Augusta asked how to export. Press Save first.`;
      const found: FoundKnowledge = {
        ...{ documentId: 'export', version: 1, title: 'Export', excerpt, score: 1 },
        ...{ source: 'document', effect: null },
      };
      const { content } = await runTool(
        { id: '1', name: 'search_knowledge', input: { query: 'export' } },
        reading,
        { person, searchKnowledge: async () => [found] },
      );
      const [, json = ''] = /^<data>(.*)<\/data>$/s.exec(content) ?? [];
      t.strictSame(JSON.parse(json), [
        { title: 'Export', source: 'document', excerpt: excerpt.replace('Augusta', '[omitted]') },
      ]);
    }
  },
);
