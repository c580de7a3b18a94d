import type { SharedState } from '../sharedState/sharedState.js';
import { parsedMessage } from './parsedMessage.js';

/** Milliseconds between two messages while read models move, and between two while they do not. */
const interval = 50;
const repeatInterval = 1000;
const topic = 'read-models';

/** A read model's build, and up to where its stored documents lack nothing. */
export interface Moved {
  readonly build: string;
  /** As `formatPosition` writes it. */
  readonly position: string;
}

/** How the instances of an installation tell each other how far the read models have come. A hint: it may get lost. */
export interface ReadModelNews {
  /** Told by whoever runs the projection. */
  moved(projection: string, moved: Moved): void;
  /** The projection is no longer run here. */
  ended(projection: string): void;
  listen(projection: string, onMoved: (moved: Moved) => void): void;
  close(): void;
}

/** Nobody to tell. */
export const noNews: ReadModelNews = {
  moved: () => undefined,
  ended: () => undefined,
  listen: () => undefined,
  close: () => undefined,
};

export function shareReadModelNews(sharedState: SharedState): ReadModelNews {
  const own = new Map<string, Moved>();
  const listeners = new Map<string, (moved: Moved) => void>();
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const stopListening = sharedState.subscribe(topic, (message) => {
    for (const [projection, moved] of parse(message)) listeners.get(projection)?.(moved);
  });
  const repeating = setInterval(() => tell(own.keys()), repeatInterval);
  repeating.unref();

  function tell(projections: Iterable<string>): void {
    const news = [...projections].flatMap((name) => {
      const moved = own.get(name);
      return moved === undefined ? [] : [[name, moved.build, moved.position]];
    });
    if (news.length > 0) sharedState.publish(topic, JSON.stringify(news)).catch(() => undefined);
  }

  function tellChanged(): void {
    timer = undefined;
    const projections = changed;
    changed = new Set();
    tell(projections);
  }

  return {
    moved(projection, moved) {
      const known = own.get(projection);
      if (known?.position === moved.position && known.build === moved.build) return;
      own.set(projection, moved);
      changed.add(projection);
      timer ??= setTimeout(tellChanged, interval);
    },
    ended(projection) {
      own.delete(projection);
    },
    listen(projection, onMoved) {
      listeners.set(projection, onMoved);
    },
    close() {
      clearInterval(repeating);
      clearTimeout(timer);
      stopListening();
    },
  };
}

/** What this program cannot have written is passed over. */
function parse(message: string): [string, Moved][] {
  const news = parsedMessage(message);
  if (!Array.isArray(news)) return [];
  return news.flatMap((each: unknown): [string, Moved][] => {
    if (!Array.isArray(each)) return [];
    const [projection, build, position]: unknown[] = each;
    return typeof projection === 'string' && typeof build === 'string' && typeof position === 'string'
      ? [[projection, { build, position }]]
      : [];
  });
}
