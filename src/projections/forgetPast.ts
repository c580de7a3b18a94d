import type { Document } from '../documentStore/documentStore.js';
import type { RetentionCategory } from '../domain/retention/categories.js';
import type { ForgetPast } from '../processors/processor.js';

/**
 * For documents that go as a whole.
 * @param timeOf when what the document tells last happened, epoch milliseconds; null: it stays
 */
export function forgetDocument<D extends Document>(
  category: RetentionCategory,
  timeOf: (document: D) => number | null,
): ForgetPast {
  return (document, cutoffs) => {
    const cutoff = cutoffs[category];
    // The projection's own collection holds nothing else.
    const at = cutoff === undefined ? null : timeOf(document as D);
    return cutoff !== undefined && at !== null && at < cutoff ? undefined : document;
  };
}
