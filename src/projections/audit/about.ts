import type { Actor } from '../../domain/access/events.js';
import type { Recorded } from '../../domain/metadata.js';

export interface About {
  readonly actor: Actor | null;
  readonly subjects: readonly string[];
  readonly purpose: string | null;
  readonly action: string | null;
}

const pseudonym = /^[0-9a-f]{32}$/;
/** Streams of one person end in the pseudonym. */
const personsStream = /_([0-9a-f]{32})$/;
const fieldsOfOne = ['subject', 'linkedSubject', 'userSubject'] as const;
const mostSubjects = 500;

/**
 * Who, what, whom and why of any event, by the names that all events use for these: `actor`, `action`, `purpose`,
 * `subject`, `subjects`, and the pseudonym in the stream's name. Fields of another shape are passed over, since an entry
 * that could not be made would be missing from the tree.
 */
export function aboutOf({ streamName, event }: Recorded<{ readonly data: object }>): About {
  const field = (name: string): unknown => Reflect.get(event.data, name);
  const many = field('subjects');
  const named = [
    personsStream.exec(streamName)?.[1],
    ...fieldsOfOne.map(field),
    ...(Array.isArray(many) ? many : []),
  ];
  const subjects = named.filter((one): one is string => typeof one === 'string' && pseudonym.test(one));
  return {
    actor: toActor(field('actor')) ?? toKey(field('by')),
    subjects: [...new Set(subjects)].slice(0, mostSubjects),
    purpose: toText(field('purpose')),
    action: toText(field('action')),
  };
}

function toActor(value: unknown): Actor | null {
  if (typeof value !== 'object' || value === null) return null;
  const keyId: unknown = Reflect.get(value, 'keyId');
  const role: unknown = Reflect.get(value, 'role');
  return typeof keyId === 'string' && typeof role === 'string' ? { keyId, role } : null;
}

/** Requests name the key alone: whoever acts on them is an officer. */
function toKey(value: unknown): Actor | null {
  return typeof value === 'string' ? { keyId: value, role: 'privacy-officer' } : null;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
