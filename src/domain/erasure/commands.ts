export type ErasureCommand = BeginErasure | CompleteErasure;

export interface BeginErasure {
  readonly type: 'BeginErasure';
  readonly requestId: string;
  readonly subjects: readonly string[];
}

export interface CompleteErasure {
  readonly type: 'CompleteErasure';
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly erasedAt: number;
  readonly remarks: readonly string[];
  readonly receipt: string;
}
