interface Question<T> {
  readonly answer: Promise<T | undefined>;
  readonly resolve: (value: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** What is asked for in one turn of the event loop is loaded together, `atATime` at once, each thing once. */
export class Gathered<T> {
  private questions = new Map<string, Question<T>>();

  constructor(
    private readonly atATime: number,
    private readonly load: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  ) {}

  /** Undefined where `load` gives nothing for it; rejects with what `load` rejects with. */
  ask(id: string): Promise<T | undefined> {
    const asked = this.questions.get(id);
    if (asked !== undefined) return asked.answer;
    if (this.questions.size === 0) setImmediate(() => this.answerAll());
    const question = newQuestion<T>();
    this.questions.set(id, question);
    return question.answer;
  }

  private answerAll(): void {
    const all = [...this.questions];
    this.questions = new Map();
    for (let start = 0; start < all.length; start += this.atATime) {
      void this.answer(all.slice(start, start + this.atATime));
    }
  }

  private async answer(some: readonly (readonly [string, Question<T>])[]): Promise<void> {
    try {
      const found = await this.load(some.map(([id]) => id));
      for (const [id, { resolve }] of some) resolve(found.get(id));
    } catch (error) {
      for (const [, { reject }] of some) reject(error);
    }
  }
}

function newQuestion<T>(): Question<T> {
  let resolve: Question<T>['resolve'] = () => undefined;
  let reject: Question<T>['reject'] = () => undefined;
  const answer = new Promise<T | undefined>((resolveAnswer, rejectAnswer) => {
    resolve = resolveAnswer;
    reject = rejectAnswer;
  });
  return { answer, resolve, reject };
}
