import type { Check } from './verifyCommand.js';

interface InspectedKeys {
  inspect(): Promise<{
    readonly tenants: number;
    readonly subjects: number;
    readonly activeKeys: number;
    readonly destroyedKeys: number;
    readonly problems: readonly string[];
  }>;
}

/** Every record of the key file is whole, and every data key opens under its tenant's key. */
export function keyFileCheck(keyStore: InspectedKeys): Check {
  return {
    name: 'key file',
    run: async () => {
      const { tenants, subjects, activeKeys, destroyedKeys, problems } = await keyStore.inspect();
      const summary = `${activeKeys} data keys and ${destroyedKeys} destroyed ones of ${subjects} people, ${tenants} tenants`;
      return { summary, problems };
    },
  };
}
