/** One stream for all tenants, each event with its tenant in its metadata: all strategies are known before anything is decided. */
export const strategiesStreamName = 'strategies';
