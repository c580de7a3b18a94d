import type { Projection } from '../processors/processor.js';
import { accountingProjection } from './accounting/projection.js';
import { auditProjection } from './audit/projection.js';
import { breachesProjection } from './breaches/projection.js';
import { consentsProjection } from './consents/projection.js';
import { decisionsProjection } from './decisions/projection.js';
import { featuresProjection } from './features/projection.js';
import { interventionsProjection } from './interventions/projection.js';
import { knowledgeProjection } from './knowledge/projection.js';
import { metricsProjection } from './metrics/projection.js';
import { privacyRequestsProjection } from './privacyRequests/projection.js';
import { profilesProjection } from './profiles/projection.js';
import { quarantineProjection } from './quarantine/projection.js';
import { retainedStreamsProjection } from './retainedStreams/projection.js';
import { sessionsProjection } from './sessions/projection.js';
import { spendingProjection } from './spending/projection.js';
import { strugglesProjection } from './struggles/projection.js';
import { suppressionsProjection } from './suppressions/projection.js';
import { videosProjection } from './videos/projection.js';

/** All read models. */
export const projections: readonly Projection[] = [
  profilesProjection,
  strugglesProjection,
  featuresProjection,
  sessionsProjection,
  videosProjection,
  metricsProjection,
  accountingProjection,
  spendingProjection,
  quarantineProjection,
  interventionsProjection,
  decisionsProjection,
  suppressionsProjection,
  privacyRequestsProjection,
  consentsProjection,
  retainedStreamsProjection,
  breachesProjection,
  knowledgeProjection,
];

/** The read models, and the audit trail, which proves rather than tells. */
export const allProjections: readonly Projection[] = [...projections, auditProjection];
