/** One stream for all tenants, each event with its tenant in its metadata: all policies are known before anything is decided. */
export const helpPolicyStreamName = 'help-policies';
