import { isShownToAll } from '../sealedValues.js';

/** Frames that may wait for their values before the subscription counts as behind. */
const mostWaiting = 100;

/** Frames leave in the order they came in, though the sealed values of some have to be opened or masked first. */
export interface OrderedFrames {
  /** @param position of the frame in the log */
  push(position: string, frame: object): void;
  isBehind(): boolean;
  /** Resolves when everything pushed so far has left. */
  left(): Promise<void>;
  stop(): void;
}

export interface OrderedFramesOptions {
  /** The frame as its reader may see it. */
  show(frame: object): Promise<object>;
  send(position: string, frame: object): void;
  /** A frame could not be shown: it has not left, and nothing after it will. */
  onFailure(error: unknown): void;
}

export function orderedFrames({ show, send, onFailure }: OrderedFramesOptions): OrderedFrames {
  let waiting = 0;
  let last = Promise.resolve();
  let over = false;

  async function showAndSend(position: string, frame: object): Promise<void> {
    try {
      if (over) return;
      const shown = await show(frame);
      // It may have been stopped meanwhile, which the compiler cannot see.
      if (!isOver()) send(position, shown);
    } catch (error) {
      if (!isOver()) onFailure(error);
      over = true;
    } finally {
      waiting -= 1;
    }
  }

  const isOver = () => over;

  return {
    push(position, frame) {
      if (over) return;
      if (waiting === 0 && isShownToAll(frame)) {
        send(position, frame);
        return;
      }
      waiting += 1;
      last = last.then(() => showAndSend(position, frame));
    },
    isBehind: () => waiting > mostWaiting,
    left: () => last,
    stop() {
      over = true;
    },
  };
}
