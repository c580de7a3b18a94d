import { isShownToAll } from '../../queries/sealedValues.js';

/** Frames that may wait for their values before the subscription counts as behind. */
const mostWaiting = 100;

/** Frames leave in the order they came in, though the sealed values of some have to be opened or masked first. */
export interface OrderedFrames {
  /**
   * @param position of the frame in the log
   * @param subject whom it is about, where it is to be asked whether the reader may be told
   */
  push(position: string, frame: object, subject?: string): void;
  isBehind(): boolean;
  /** Resolves when everything pushed so far has left. */
  left(): Promise<void>;
  stop(): void;
}

export interface OrderedFramesOptions {
  /** The frame as its reader may see it; undefined where the reader may not be told. */
  show(frame: object, subject?: string): Promise<object | undefined>;
  send(position: string, frame: object): void;
  /** A frame could not be shown: it has not left, and nothing after it will. */
  onFailure(error: unknown): void;
}

export function orderedFrames({ show, send, onFailure }: OrderedFramesOptions): OrderedFrames {
  let waiting = 0;
  let last = Promise.resolve();
  let over = false;

  async function showAndSend(position: string, frame: object, subject?: string): Promise<void> {
    try {
      if (over) return;
      const shown = await show(frame, subject);
      // It may have been stopped meanwhile, which the compiler cannot see.
      if (shown !== undefined && !isOver()) send(position, shown);
    } catch (error) {
      if (!isOver()) onFailure(error);
      over = true;
    } finally {
      waiting -= 1;
    }
  }

  const isOver = () => over;

  return {
    push(position, frame, subject) {
      if (over) return;
      if (waiting === 0 && subject === undefined && isShownToAll(frame)) {
        send(position, frame);
        return;
      }
      waiting += 1;
      last = last.then(() => showAndSend(position, frame, subject));
    },
    isBehind: () => waiting > mostWaiting,
    left: () => last,
    stop() {
      over = true;
    },
  };
}
