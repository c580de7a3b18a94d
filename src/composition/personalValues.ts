import type { Logger } from 'pino';
import type { MayUse, OpenSealed } from '../commands/personalAccess.js';
import type { PersonalValuePorts } from '../http/personalValues.js';

/** Nothing seals values before a key store is composed, so a text that looks sealed is none of ours and opens to nothing. */
const openNothing: OpenSealed = async (_, texts) => texts.map(() => undefined);

/** Before consents are kept nobody can have refused a purpose. The check of consents takes its place. */
const nobodyRefused: MayUse = async () => true;

/** Each access is a line in the log, which never says who was read about, until the audit trail takes them. */
export function createPersonalValues(log: Logger): PersonalValuePorts {
  return {
    openSealed: openNothing,
    mayUse: nobodyRefused,
    recordAccess: async ({ subjects, ...access }) =>
      log.info({ ...access, people: subjects.length }, 'personal data was read'),
  };
}
