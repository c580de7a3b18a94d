import { noChannels } from '../../src/channelConfiguration.js';
import { startWaymark, type Waymark } from '../../src/composition/waymark.js';
import type { Configuration } from '../../src/config.js';
import { createLogger } from '../../src/http/logger.js';
import { testAdminToken, testWriteKey } from './serverProcess.js';

/** On a free port, with its data in `folder`. */
export function testConfiguration(folder: string): Configuration {
  return {
    host: '127.0.0.1',
    port: 0,
    dataFolder: folder,
    writeKey: testWriteKey,
    adminToken: testAdminToken,
    rootKey: undefined,
    rootKeyFile: undefined,
    previousRootKey: undefined,
    erasureLedger: undefined,
    vault: undefined,
    auditAnchor: undefined,
    strategiesFile: undefined,
    mongoUrl: undefined,
    keysUrl: undefined,
    callbackHosts: [],
    processorDomain: 'localhost',
    redisUrl: undefined,
    requestRates: { ingestion: undefined, reads: undefined },
    eventStoreUrl: undefined,
    channels: noChannels,
    embeddings: undefined,
    models: [],
    logLevel: 'silent',
  };
}

/** The whole product in this process. */
export function startTestWaymark(folder: string): Promise<Waymark> {
  return startWaymark(testConfiguration(folder), createLogger('silent'));
}
