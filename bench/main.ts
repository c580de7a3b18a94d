import { exitCodes, parseArguments, UsageError } from '../src/cli/arguments.js';
import { helpLoadScenario } from './helpLoad.js';
import { ingestionScenario } from './ingestionScenario.js';
import { createResults, formatResults, writeResults } from './results.js';

/** `npm run bench -- [OPTIONS]`, of which `--help` tells: measures a scenario, prints the figures and keeps them as JSON. */
async function main(argv: readonly string[]): Promise<void> {
  const invocation = parseArguments(['bench', ...argv], {});
  if (invocation.command === 'help') return console.log(invocation.text);
  if (invocation.command !== 'bench') return;
  const results = createResults();
  const options =
    invocation.scenario === 'help-load'
      ? await helpLoadScenario(results, invocation)
      : await ingestionScenario(results, invocation);
  console.log(`\n${formatResults(results.figures())}`);
  const { scenario } = invocation;
  console.log(`\nWritten to ${writeResults('bench/results', { scenario, ...options }, results.figures())}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = exitCodes.usage;
}
