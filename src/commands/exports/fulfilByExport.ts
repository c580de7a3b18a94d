import { CodedError } from '../../domain/errors.js';
import type { FulfilRequest } from '../personRights.js';
import type { PersonExports } from './personExports.js';

/**
 * Carries out access and portability: makes an export under the request's own id, so that a repeated call meets the same.
 * The officer fetches its link where exports are looked at; it never stands in the result, which is recorded.
 * Rejects where the export could not be made: stores, keys or disk may be back later.
 */
export function fulfilByExport(exports: PersonExports): FulfilRequest {
  return async ({ tenantId, requestId, type, subjects }) => {
    if (type !== 'access' && type !== 'portability')
      throw new Error(`no export fulfils a request for ${type}`);
    const address = { tenantId, exportId: requestId };
    try {
      await exports.request({ ...address, requestId, kind: type, subjects });
    } catch (error) {
      if (!(error instanceof CodedError && error.code === 'not-found')) throw error;
      return { outcome: 'completed', remarks: [error.message], result: {} };
    }
    const { status } = await exports.finished(address);
    if (status === 'requested' || status === 'failed') throw new Error('the export could not be made now');
    return { outcome: 'completed', remarks: [], result: { exportId: requestId } };
  };
}
