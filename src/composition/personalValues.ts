import type { Logger } from 'pino';
import type { MayUse, OpenSealed } from '../commands/personalAccess.js';
import type { PersonalValuePorts } from '../http/personalValues.js';

/** Each access is a line in the log, which never says who was read about, until the audit trail takes them. */
export function createPersonalValues(
  openSealed: OpenSealed,
  mayUse: MayUse,
  log: Logger,
): PersonalValuePorts {
  return {
    openSealed,
    mayUse,
    recordAccess: async ({ subjects, ...access }) =>
      log.info({ ...access, people: subjects.length }, 'personal data was read'),
  };
}
