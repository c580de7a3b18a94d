import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { DemoServer } from '../cli/demo/demoCommand.js';
import type { Configuration } from '../config.js';
import { startWaymark } from './waymark.js';

/** A server to try things on: in a temporary folder unless one was chosen, on a free port where the usual one is taken. */
export async function startDemoServer(
  configuration: Configuration,
  chosen: { readonly dataFolder: boolean; readonly port: boolean },
  log: Logger,
): Promise<DemoServer> {
  const dataFolder = chosen.dataFolder
    ? configuration.dataFolder
    : await mkdtemp(join(tmpdir(), 'waymark-demo-'));
  const writeKey = configuration.writeKey ?? `wk_${randomBytes(24).toString('base64url')}`;
  const adminToken = configuration.adminToken ?? `wa_${randomBytes(24).toString('base64url')}`;
  const port = chosen.port || (await isFree(configuration)) ? configuration.port : 0;
  const waymark = await startWaymark({ ...configuration, dataFolder, writeKey, adminToken, port }, log);
  return {
    url: waymark.url,
    writeKey,
    adminToken,
    async close() {
      await waymark.stop();
      if (!chosen.dataFolder) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

function isFree({ host, port }: Configuration): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
