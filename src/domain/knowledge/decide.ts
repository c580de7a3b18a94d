import { canonicalJson } from '../canonicalJson.js';
import { CodedError } from '../errors.js';
import type { KnowledgeCommand } from './commands.js';
import type { KnowledgeEvent } from './events.js';
import type { KnowledgeState } from './evolve.js';

/**
 * A document that stands already, or is gone already, yields no events, whatever version was read.
 * @throws CodedError `conflict` where others changed it since it was read, `not-found` where there was never one to remove
 */
export function decide(command: KnowledgeCommand, state: KnowledgeState): KnowledgeEvent[] {
  const { content } = state;
  const { documentId, at, by, version: read } = command.data;
  const changed = { documentId, version: state.version + 1, at, by };
  if (command.type === 'RemoveKnowledgeDocument') {
    if (state.version === 0) throw new CodedError('not-found', 'No document has this id.');
    if (content === null) return [];
    assertRead(read, state);
    return [{ type: 'KnowledgeDocumentRemoved', data: changed }];
  }
  if (content !== null && canonicalJson(content) === canonicalJson(command.data.content)) return [];
  // One that was removed is written anew like one that never was.
  if (content !== null || read !== 0) assertRead(read, state);
  return [{ type: 'KnowledgeDocumentPut', data: { ...changed, content: command.data.content } }];
}

function assertRead(read: number, { version }: KnowledgeState): void {
  if (read === version) return;
  throw new CodedError('conflict', `The document is at version ${version} by now: read it and decide again.`);
}
