import type { DemoInvocation } from '../commands.js';
import { createPerson } from './people.js';

/**
 * What to look at, as lines that can be copied into a shell.
 * @param seen the people of whom something is recorded already
 */
export function demoGuide(
  { url, adminToken }: { readonly url: string; readonly adminToken: string },
  invocation: DemoInvocation,
  seen: ReadonlySet<string>,
): string {
  const read = (path: string): string => `  curl -s -H 'authorization: Bearer ${adminToken}' '${url}${path}'`;
  const learner = someoneWhoStruggles(invocation, seen);
  return [
    '',
    `A learning application with ${invocation.learners} people is live, ${invocation.speed} times as fast as life.`,
    '',
    'Who struggles now, and with what:',
    read('/v1/struggles?resolved=false&limit=5'),
    `One of them, ${learner}: profile, journey, struggles:`,
    read(`/v1/profiles/${learner}`),
    read(`/v1/profiles/${learner}/journey?limit=20`),
    read(`/v1/profiles/${learner}/struggles`),
    'Who is likely to leave, and why:',
    read('/v1/risks?level=HIGH&limit=5'),
    'The help that was offered:',
    read('/v1/interventions?limit=5'),
    'Features and videos that cause trouble:',
    read('/v1/features'),
    read('/v1/videos'),
    'Events by hour, and what became of every event received:',
    read('/v1/metrics/events?interval=hour'),
    read('/v1/accounting'),
    '',
    `The API for a browser: ${url}/docs`,
    'Ctrl-C stops it.',
    '',
  ].join('\n');
}

function someoneWhoStruggles({ seed, learners }: DemoInvocation, seen: ReadonlySet<string>): string {
  for (let index = 0; index < learners; index += 1) {
    const { persona, userId } = createPerson(seed, index, '');
    if (persona === 'struggling' && seen.has(userId)) return userId;
  }
  const [anyone] = seen;
  return anyone ?? createPerson(seed, 0, '').userId;
}
