/** What a model is told before anything else. Holds nothing that a user typed. */
export interface Prompt {
  readonly version: number;
  readonly system: string;
}
