import type { PersonalAccess } from '../../src/commands/personalAccess.js';
import type { JsonValue } from '../../src/domain/json.js';
import { sealedPrefix } from '../../src/domain/privacy/detection.js';
import type { PersonalValuePorts } from '../../src/http/personalValues.js';
import { KeyStoreUnavailable } from '../../src/keyStore/keyStore.js';
import { parseSealed } from '../../src/keyStore/sealedText.js';

/** A sealed text as a key store's sealer would make it, readable by `standInPersonalValues` alone. */
export function standInSealed(subject: string, value: JsonValue): string {
  return `${sealedPrefix}1:${subject}:${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
}

/** The ports behind the edge: opens what `standInSealed` made, remembers what was read, refuses what a test says. */
export function standInPersonalValues() {
  const accesses: PersonalAccess[] = [];
  const destroyed = new Set<string>();
  const refused = new Set<string>();
  const state: { isDown: boolean; opening: Promise<void> | undefined } = {
    isDown: false,
    opening: undefined,
  };
  const asked: string[][] = [];
  const ports: PersonalValuePorts = {
    async openSealed(_, texts) {
      asked.push([...texts]);
      await state.opening;
      if (state.isDown) throw new KeyStoreUnavailable('the stand-in is down');
      return texts.map((text) => {
        const sealed = parseSealed(text);
        if (sealed === undefined || destroyed.has(sealed.subject)) return undefined;
        return JSON.parse(Buffer.from(sealed.payload, 'base64url').toString());
      });
    },
    recordAccess: async (access) => void accesses.push(access),
    mayUse: async (_, subject, purpose) => !refused.has(`${subject} ${purpose}`),
  };
  return { ports, accesses, asked, destroyed, refused, state };
}
