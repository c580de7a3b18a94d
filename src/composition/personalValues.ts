import type { Logger } from 'pino';
import type { MayUse, OpenSealed } from '../commands/personalAccess.js';
import type { PersonalValuePorts } from '../http/personalValues.js';

/** Before consents are kept nobody can have refused a purpose. The check of consents takes its place. */
const nobodyRefused: MayUse = async () => true;

/** Each access is a line in the log, which never says who was read about, until the audit trail takes them. */
export function createPersonalValues(openSealed: OpenSealed, log: Logger): PersonalValuePorts {
  return {
    openSealed,
    mayUse: nobodyRefused,
    recordAccess: async ({ subjects, ...access }) =>
      log.info({ ...access, people: subjects.length }, 'personal data was read'),
  };
}
