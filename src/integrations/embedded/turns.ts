/** Actions on one thing follow one another, whatever becomes of the one before; those on different things do not wait. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  take<T>(thing: string, action: () => Promise<T>): Promise<T> {
    const running = (this.last.get(thing) ?? Promise.resolve()).then(action);
    const settled: Promise<void> = running
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.last.get(thing) === settled) this.last.delete(thing);
      });
    this.last.set(thing, settled);
    return running;
  }

  /** Resolves when nothing is under way on the thing. */
  async over(thing: string): Promise<void> {
    for (let action = this.last.get(thing); action !== undefined; action = this.last.get(thing)) await action;
  }

  async allOver(): Promise<void> {
    await Promise.all(this.last.values());
  }
}
