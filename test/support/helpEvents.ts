/** What a test about something else leaves to chance: of a decision for a struggle. */
export const decided = { decisionId: 'd1', trigger: 'struggle' } as const;

/** The same, and of the message that was proposed. */
export const asProposed = {
  ...decided,
  strategyVersion: 1,
  variant: null,
  alternatives: [],
  notBefore: null,
} as const;
