/** What a strategy says to people. */
export interface StrategyContent {
  /** What this help is for, as a model is told. */
  readonly brief: string;
  /** Id of a built-in template; null: the one for the signal and severity. */
  readonly template: string | null;
  /** Templates of the strategy's own, by language tag; Liquid. */
  readonly templates?:
    | Readonly<Record<string, { readonly title: string; readonly body: string }>>
    | undefined;
  readonly tone: 'gentle' | 'direct' | null;
  readonly useModel: boolean;
}
