/**
 * What events are kept for different times. Each can end by itself, because no stream holds two of them: `activity` is what
 * a person did and what was concluded from it (their journey), `help` what was offered to them (one stream an offer), how models saw their situation, and where they were not reached,
 * `rejected` the messages in quarantine and the account of what did not enter a journey.
 */
export const retentionCategories = ['activity', 'help', 'rejected'] as const;
export type RetentionCategory = (typeof retentionCategories)[number];
