#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, parseArguments, UsageError } from './cli/arguments.js';
import { benchCommand } from './cli/benchCommand.js';
import type { Invocation } from './cli/commands.js';
import { copyCommand } from './cli/copy/copyCommand.js';
import { moveCommand } from './cli/copy/moveCommand.js';
import { demoCommand } from './cli/demo/demoCommand.js';
import { importCommand } from './cli/import/importCommand.js';
import { keysCommand } from './cli/keysCommand.js';
import { rebuildCommand } from './cli/rebuildCommand.js';
import { rotateKeysCommand } from './cli/rotateKeysCommand.js';
import { scavengeCommand } from './cli/scavengeCommand.js';
import { serveCommand } from './cli/serve.js';
import { verifyCommand } from './cli/verify/verifyCommand.js';
import type { AccessKeyStore } from './commands/accessKeys.js';
import { type Configuration, readConfiguration } from './config.js';
import { createLogger } from './http/logger.js';

/**
 * The program: one command, carried out on the parts that the configuration asks for, of which the large ones are loaded
 * when they are used. Resolves with the exit code.
 */
async function run(invocation: Invocation, signal: AbortSignal): Promise<number> {
  if (invocation.command === 'help') {
    print(invocation.text);
    return exitCodes.ok;
  }
  if (invocation.command === 'bench') return benchCommand(invocation, print);
  if (invocation.command === 'verify' && invocation.signed !== undefined) {
    const { kind, file, publicKey } = invocation.signed;
    return verifyCommand([await signedCheck(kind, file, publicKey)], print);
  }
  const configuration = readConfiguration();
  const { dataFolder } = configuration;
  const log = createLogger(configuration.logLevel);
  switch (invocation.command) {
    case 'serve': {
      const { startWaymark } = await import('./composition/waymark.js');
      return serveCommand({ start: () => startWaymark(configuration, log), dataFolder, print, signal });
    }
    case 'demo': {
      const { startDemoServer } = await import('./composition/demo.js');
      const chosen = { dataFolder: Boolean(process.env.WAYMARK_DATA), port: Boolean(process.env.PORT) };
      const startServer = () => startDemoServer(configuration, chosen, createLogger('warn'));
      return demoCommand(invocation, { startServer, signal, print, now: Date.now });
    }
    case 'import': {
      const { openImport } = await import('./composition/offline.js');
      return importCommand(invocation, {
        dataFolder,
        openLocal: () => openImport(configuration, createLogger('warn')),
        signal,
        print,
      });
    }
    case 'rebuild': {
      const { openRebuilding } = await import('./composition/offline.js');
      return rebuildCommand(invocation, {
        openLocal: () => openRebuilding(configuration, createLogger('warn')),
        sleep,
        print,
      });
    }
    case 'copy': {
      if (invocation.engine === 'mongodb') {
        const { moveInstallation, returnInstallation } = await import('./composition/movingInstallation.js');
        const move = invocation.direction === 'to' ? moveInstallation : returnInstallation;
        return moveCommand(() => move(configuration, invocation.url), print);
      }
      const { openCopy } = await import('./composition/copying.js');
      return copyCommand(invocation, {
        open: () => openCopy(configuration, invocation, createLogger('warn')),
        signal,
        print,
      });
    }
    case 'keys':
      if (invocation.action === 'rotate') {
        const { openKeyRotation } = await import('./composition/keyFolder.js');
        return rotateKeysCommand(invocation, () => openKeyRotation(configuration), print);
      }
      return withAccessKeys(configuration, (keys) => keysCommand(invocation, { keys, print }));
    case 'scavenge': {
      const { openScavenging } = await import('./composition/eventStores.js');
      return scavengeCommand({ open: () => openScavenging(configuration), print });
    }
    case 'verify': {
      const { openChecks } = await import('./composition/offline.js');
      const { checks, close } = await openChecks(configuration, invocation, createLogger('warn'));
      try {
        return await verifyCommand(checks, print);
      } finally {
        await close();
      }
    }
  }
}

async function signedCheck(kind: 'export' | 'receipt', file: string, publicKey: string) {
  if (kind === 'export') {
    const { exportCheck } = await import('./cli/verify/checkExport.js');
    return exportCheck(file, publicKey);
  }
  const { receiptCheck } = await import('./cli/verify/checkReceipt.js');
  return receiptCheck(file, publicKey);
}

async function withAccessKeys(
  configuration: Configuration,
  work: (keys: AccessKeyStore) => Promise<number>,
): Promise<number> {
  const { openAccessKeys } = await import('./composition/accessKeys.js');
  const keys = await openAccessKeys(configuration);
  try {
    return await work(keys);
  } finally {
    await keys.close();
  }
}

function print(text: string): void {
  console.log(text);
}

/** One line that says what to do. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const advice = code === undefined ? undefined : adviceByCode[code];
  return advice === undefined ? error.message : `${advice} (${error.message})`;
}

const adviceByCode: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The address is taken: stop what listens there, or choose another with PORT',
  EADDRNOTAVAIL: 'This machine does not have that address: correct HOST',
  EACCES: 'Not allowed: choose another PORT, or a data folder (WAYMARK_DATA) that this user may write',
  EEXIST: 'The data folder is no folder: correct WAYMARK_DATA',
  ENOTDIR: 'The data folder is no folder: correct WAYMARK_DATA',
  ENOENT: 'There is no such file or folder',
};

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
try {
  process.exitCode = await run(parseArguments(process.argv.slice(2), process.env), stopping.signal);
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.wrong;
}
