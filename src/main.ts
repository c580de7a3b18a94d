#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, parseArguments, UsageError } from './cli/arguments.js';
import type { Invocation, VerifyInvocation } from './cli/commands.js';
import type { AccessKeyStore } from './commands/accessKeys.js';
import { type Configuration, readConfiguration } from './config.js';
import { createLogger } from './http/logger.js';

/**
 * The program: one command, carried out on the parts that the configuration asks for. What it does not need is not loaded.
 * Resolves with the exit code.
 */
async function run(invocation: Invocation, signal: AbortSignal): Promise<number> {
  if (invocation.command === 'help') {
    print(invocation.text);
    return exitCodes.ok;
  }
  if (invocation.command === 'bench') {
    const { benchCommand } = await import('./cli/benchCommand.js');
    return benchCommand(invocation, print);
  }
  if (invocation.command === 'verify' && invocation.signed !== undefined)
    return verifySigned(invocation.signed);
  const configuration = readConfiguration();
  const { dataFolder } = configuration;
  const log = createLogger(configuration.logLevel);
  switch (invocation.command) {
    case 'serve': {
      const { serveCommand } = await import('./cli/serve.js');
      const { startWaymark } = await import('./composition/waymark.js');
      return serveCommand({ start: () => startWaymark(configuration, log), dataFolder, print, signal });
    }
    case 'demo': {
      const { demoCommand } = await import('./cli/demo/demoCommand.js');
      const { startDemoServer } = await import('./composition/demo.js');
      const chosen = { dataFolder: Boolean(process.env.WAYMARK_DATA), port: Boolean(process.env.PORT) };
      const startServer = () => startDemoServer(configuration, chosen, createLogger('warn'));
      return demoCommand(invocation, { startServer, signal, print, now: Date.now });
    }
    case 'import': {
      const { importCommand } = await import('./cli/import/importCommand.js');
      const { openImport } = await import('./composition/offline.js');
      const openLocal = () => openImport(configuration, createLogger('warn'));
      return importCommand(invocation, { dataFolder, openLocal, signal, print });
    }
    case 'rebuild': {
      const { rebuildCommand } = await import('./cli/rebuildCommand.js');
      const { openRebuilding } = await import('./composition/offline.js');
      const openLocal = () => openRebuilding(configuration, createLogger('warn'));
      return rebuildCommand(invocation, { openLocal, sleep, print });
    }
    case 'copy': {
      if (invocation.engine === 'mongodb') {
        const { moveCommand } = await import('./cli/copy/moveCommand.js');
        const { moveInstallation, returnInstallation } = await import('./composition/movingInstallation.js');
        const move = invocation.direction === 'to' ? moveInstallation : returnInstallation;
        return moveCommand(() => move(configuration, invocation.url), print);
      }
      const { copyCommand } = await import('./cli/copy/copyCommand.js');
      const { openCopy } = await import('./composition/copying.js');
      return copyCommand(invocation, {
        open: () => openCopy(configuration, invocation, createLogger('warn')),
        signal,
        print,
      });
    }
    case 'keys': {
      if (invocation.action === 'rotate') {
        const { rotateKeysCommand } = await import('./cli/rotateKeysCommand.js');
        const { openKeyRotation } = await import('./composition/keyFolder.js');
        return rotateKeysCommand(invocation, () => openKeyRotation(configuration), print);
      }
      const { keysCommand } = await import('./cli/keysCommand.js');
      return withAccessKeys(configuration, (keys) => keysCommand(invocation, { keys, print }));
    }
    case 'scavenge': {
      const { scavengeCommand } = await import('./cli/scavengeCommand.js');
      const { openScavenging } = await import('./composition/eventStores.js');
      return scavengeCommand({ open: () => openScavenging(configuration), print });
    }
    case 'verify': {
      const { verifyCommand } = await import('./cli/verify/verifyCommand.js');
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

async function verifySigned({
  kind,
  file,
  publicKey,
}: NonNullable<VerifyInvocation['signed']>): Promise<number> {
  const { verifyCommand } = await import('./cli/verify/verifyCommand.js');
  if (kind === 'export') {
    const { exportCheck } = await import('./cli/verify/checkExport.js');
    return verifyCommand([exportCheck(file, publicKey)], print);
  }
  const { receiptCheck } = await import('./cli/verify/checkReceipt.js');
  return verifyCommand([receiptCheck(file, publicKey)], print);
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
// What is under way is finished also when nobody reads any more, such as a log collector that is started again.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
try {
  process.exitCode = await run(parseArguments(process.argv.slice(2), process.env), stopping.signal);
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.wrong;
}
