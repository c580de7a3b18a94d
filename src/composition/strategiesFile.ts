import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Strategies } from '../commands/help/strategies.js';
import { ConfigurationError } from '../configurationError.js';
import { strategyFaults } from '../domain/strategy/faults.js';
import { strategyDefinition } from '../queries/models/strategy.js';
import { templateFaultsOf } from './strategyTemplates.js';

const file = z.strictObject({ strategies: z.record(z.string(), strategyDefinition) });
const tenantId = 'default';

/**
 * Defines the strategies of a file for the default tenant, where they are not defined like that already; others stay as
 * they are. @throws ConfigurationError naming the file and the field, before anything of it is applied
 */
export async function applyStrategiesFile(path: string, strategies: Strategies, now: number): Promise<void> {
  const given = file.safeParse(await readJson(path));
  if (!given.success) {
    const faults = given.error.issues.map(
      (issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`,
    );
    throw new ConfigurationError(`WAYMARK_STRATEGIES: ${path} is not valid: ${faults.join('; ')}`);
  }
  const defined = Object.entries(given.data.strategies);
  const faults = defined.flatMap(([strategyId, definition]) =>
    [...strategyFaults(strategyId, definition).found, ...templateFaultsOf(definition)].map(
      (fault) => `strategies.${strategyId}.${fault.path}: ${fault.message}`,
    ),
  );
  if (faults.length > 0) throw notValid(path, faults);
  for (const [strategyId, definition] of defined) {
    const version = strategies.of(tenantId).versionOf(strategyId);
    const data = { strategyId, version, definition, at: now, by: 'configuration' };
    await strategies.execute(tenantId, { type: 'DefineStrategy', data }, 'configuration');
  }
}

function notValid(path: string, faults: readonly string[]): ConfigurationError {
  return new ConfigurationError(`WAYMARK_STRATEGIES: ${path} is not valid: ${faults.join('; ')}`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigurationError(`WAYMARK_STRATEGIES: ${path} ${reason}`);
  }
}
