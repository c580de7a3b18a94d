import { z } from 'zod';
import { proposalTool, type ToolCall, type ToolDefinition } from '../textGenerator.js';
import { asData } from './asData.js';
import type { FoundKnowledge, SearchKnowledge } from './knowledge.js';
import type { Hide } from './withoutPersonal.js';

/** What may be read about a person while help for them is written. Holds no personal values but traits that are disclosed. */
export interface ReadPerson {
  struggles(tenantId: string, subject: string): Promise<unknown>;
  profile(tenantId: string, subject: string): Promise<unknown>;
  videos(tenantId: string, subject: string): Promise<unknown>;
}

export const proposal = z.object({
  title: z.string().trim().min(1).max(500),
  body: z.string().trim().min(1).max(20_000),
});
const search = z.object({ query: z.string().trim().min(1).max(200) });

const nothing = { type: 'object', properties: {}, additionalProperties: false } as const;

/** None of them changes anything. */
export const agentTools: readonly ToolDefinition[] = [
  {
    name: 'read_struggles',
    description: 'The latest struggles of the person: feature, kind, severity, when, whether resolved.',
    inputSchema: nothing,
  },
  {
    name: 'read_profile',
    description:
      'How the person uses the application: segment, stage, risk, features used, disclosed traits.',
    inputSchema: nothing,
  },
  {
    name: 'read_videos',
    description: 'Which videos the person watched and how far, what was replayed or skipped.',
    inputSchema: nothing,
  },
  {
    name: 'search_knowledge',
    description: 'Searches what the company wrote about the application, and help that worked before.',
    inputSchema: {
      type: 'object',
      properties: { query: { type: 'string', maxLength: 200, description: 'a few words' } },
      required: ['query'],
      additionalProperties: false,
    },
  },
  {
    name: proposalTool,
    description: 'Hands over the message. It is checked before anything is sent.',
    inputSchema: {
      type: 'object',
      properties: { title: { type: 'string' }, body: { type: 'string' } },
      required: ['title', 'body'],
      additionalProperties: false,
    },
  },
];

const documentsAtOnce = 3;
/** Characters: an excerpt is shown in one piece, since what parts it could part a value that is to be hidden. */
const longestExcerpt = 600;

export interface Reading {
  readonly tenantId: string;
  readonly subject: string;
  readonly language: string;
  readonly featureId: string | null;
  /** Before anything of it is shown to a provider. */
  readonly hide: Hide;
}

/** Runs one reading tool. Never rejects: what cannot be read is said to be missing. */
export async function runTool(
  { name, input }: ToolCall,
  { tenantId, subject, language, featureId, hide }: Reading,
  ports: { readonly person: ReadPerson; readonly searchKnowledge: SearchKnowledge },
): Promise<{
  readonly content: string;
  readonly isError: boolean;
  readonly found: readonly FoundKnowledge[];
}> {
  const failed = (content: string) => ({ content, isError: true, found: [] });
  const read = async (value: Promise<unknown>) => ({
    content: asData(await value, hide),
    isError: false,
    found: [],
  });
  try {
    switch (name) {
      case 'read_struggles':
        return await read(ports.person.struggles(tenantId, subject));
      case 'read_profile':
        return await read(ports.person.profile(tenantId, subject));
      case 'read_videos':
        return await read(ports.person.videos(tenantId, subject));
      case 'search_knowledge': {
        const asked = search.safeParse(input);
        if (!asked.success) return failed('Give a query of 1 to 200 characters.');
        const query = { text: asked.data.query, language, limit: documentsAtOnce };
        const found = await ports.searchKnowledge(tenantId, {
          ...query,
          ...(featureId !== null && { featureId }),
        });
        const shown = found.map(({ title, excerpt, source, effect }) => ({
          ...{ title, source, excerpt },
          ...(effect && { helpedMorePeopleByShare: effect.lift }),
        }));
        return { content: asData(shown, hide, longestExcerpt), isError: false, found };
      }
      default:
        return failed('There is no such tool.');
    }
  } catch {
    return failed('This cannot be read now. Go on without it.');
  }
}
