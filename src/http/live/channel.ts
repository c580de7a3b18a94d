import { unreachable } from '../../domain/unreachable.js';
import { liveTopics } from '../../queries/liveTopics.js';

export type LiveChannel = { readonly name: string } & (
  | { readonly kind: 'struggles' | 'interventions' | 'metrics' }
  | { readonly kind: 'profile' | 'inbox'; readonly subject: string }
);

export function topicOf(tenantId: string, channel: LiveChannel): string {
  switch (channel.kind) {
    case 'struggles':
      return liveTopics.struggles(tenantId);
    case 'interventions':
      return liveTopics.interventions(tenantId);
    case 'metrics':
      return liveTopics.everything(tenantId);
    case 'profile':
    case 'inbox':
      return liveTopics.person(tenantId, channel.subject);
    default:
      return unreachable(channel);
  }
}
