/** How many texts may be asked of models at the same time. Who finds none free does not wait. */
export class ModelSlots {
  #taken = 0;

  constructor(readonly count: number) {}

  get taken(): number {
    return this.#taken;
  }

  /** What gives the slot back; undefined where none is free. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.count) return undefined;
    this.#taken += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#taken -= 1;
      isHeld = false;
    };
  }
}
