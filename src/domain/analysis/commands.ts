import type { ContextAnalysed } from './events.js';

export type AnalysisCommand = RecordAnalysis;

/** What asking models came to. */
export interface RecordAnalysis {
  readonly type: 'RecordAnalysis';
  readonly data: ContextAnalysed['data'];
}
