/** How a person stands with the application, as the profile tells. */

export const userSegments = ['new_user', 'active_user', 'at_risk', 'churned'] as const;
export type UserSegment = (typeof userSegments)[number];

export const lifecycleStages = ['onboarding', 'exploring', 'established', 'declining', 'dormant'] as const;
export type LifecycleStage = (typeof lifecycleStages)[number];

/** Of leaving. */
export const riskLevels = ['LOW', 'MEDIUM', 'HIGH'] as const;
export type RiskLevel = (typeof riskLevels)[number];
