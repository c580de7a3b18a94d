import type { AccessLog } from '../commands/accessLog.js';
import type { MayUse, OpenSealed } from '../commands/personalAccess.js';
import type { PersonalValuePorts } from '../http/personalValues.js';

/** What the edge needs to show personal values: each access stands in the audit trail before the answer leaves. */
export function createPersonalValues(application: {
  readonly openSealed: OpenSealed;
  readonly mayUse: MayUse;
  readonly accessLog: AccessLog;
}): PersonalValuePorts {
  const { openSealed, mayUse, accessLog } = application;
  return { openSealed, mayUse, recordAccess: (access) => accessLog.record(access) };
}
