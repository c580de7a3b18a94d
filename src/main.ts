#!/usr/bin/env node
import { serveCommand } from './cli/serve.js';
import { startWaymark } from './composition/waymark.js';
import { readConfiguration } from './config.js';
import { createLogger } from './http/logger.js';

const configuration = readConfiguration();
const log = createLogger(configuration.logLevel);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
process.exitCode = await serveCommand({
  start: () => startWaymark(configuration, log),
  dataFolder: configuration.dataFolder,
  print: (text) => console.log(text),
  signal: stopping.signal,
});
