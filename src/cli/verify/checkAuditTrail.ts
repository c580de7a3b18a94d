import { TrailIsWrong } from '../../audit/headClaims.js';
import type { VerifiedTrails } from '../../audit/verifyTrails.js';
import type { Check } from './verifyCommand.js';

/** @param verify rejects with `TrailIsWrong` at the first thing that does not fit */
export function auditTrailCheck(
  verify: () => Promise<VerifiedTrails>,
  given: { readonly anchor: boolean; readonly publicKey: boolean },
): Check {
  return {
    name: 'audit trail',
    run: async () => {
      try {
        const { tenants, entries, heads, anchored } = await verify();
        const figures = `${entries} entries of ${tenants} tenants, ${heads} signed heads`;
        return {
          summary: `${figures}${given.anchor ? `, ${anchored} anchored` : ''}${caveat(given)}`,
          problems: [],
        };
      } catch (error) {
        if (!(error instanceof TrailIsWrong)) throw error;
        return { summary: 'does not prove what happened', problems: [error.message] };
      }
    },
  };
}

/** Who can write the data folder can write all of it anew, and its key with it. */
function caveat({ anchor, publicKey }: { readonly anchor: boolean; readonly publicKey: boolean }): string {
  if (anchor) return '';
  return publicKey
    ? '; without --anchor a folder rewritten by someone who has its key is not found'
    : '; without --anchor and --public-key a folder that was rewritten as a whole is not found';
}
