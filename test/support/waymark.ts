import { startWaymark, type Waymark } from '../../src/composition/waymark.js';
import { createLogger } from '../../src/http/logger.js';
import { testAdminToken, testWriteKey } from './serverProcess.js';

/** The whole product in this process, on a free port, with its data in `folder`. */
export function startTestWaymark(folder: string): Promise<Waymark> {
  return startWaymark(
    {
      host: '127.0.0.1',
      port: 0,
      dataFolder: folder,
      writeKey: testWriteKey,
      adminToken: testAdminToken,
      rootKey: undefined,
      rootKeyFile: undefined,
      auditAnchor: undefined,
      logLevel: 'silent',
    },
    createLogger('silent'),
  );
}
