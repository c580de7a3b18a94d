/**
 * One stream for all tenants, each event with its tenant in its metadata: all policies are known before the first message
 * is taken in, so that none is ever taken in under another policy than its tenant's.
 */
export const privacyPolicyStreamName = 'privacy-policies';
