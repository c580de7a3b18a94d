import { Faults } from '../../../domain/faults.js';
import { type HelpPolicy, type PromptUse, promptUses } from '../../../domain/helpPolicy/policy.js';
import { analyseContext1 } from './analyseContext1.js';
import type { Prompt } from './prompt.js';
import { reviewText1 } from './reviewText1.js';
import { writeHelp1 } from './writeHelp1.js';
import { writeHelp2 } from './writeHelp2.js';

/**
 * Each version in a file of its own, oldest first. What is there stays as it is: a changed text is the next version, because what
 * was written says by which, and tenants may keep to one.
 */
const prompts: Readonly<Record<PromptUse, readonly [...Prompt[], Prompt]>> = {
  writeHelp: [writeHelp1, writeHelp2],
  reviewText: [reviewText1],
  analyseContext: [analyseContext1],
};

/** The version that the tenant keeps to, else the newest. */
export function promptFor(use: PromptUse, { prompts: chosen = {} }: HelpPolicy['models']): Prompt {
  const known = prompts[use];
  const version = chosen[use];
  return known.find((prompt) => prompt.version === version) ?? known[known.length - 1] ?? known[0];
}

/** Versions that a policy names and there is none of. */
export function promptFaults({ models: { prompts: chosen = {} } }: HelpPolicy): Faults {
  const faults = new Faults();
  for (const use of promptUses) {
    const version = chosen[use];
    const known = prompts[use].map((prompt) => prompt.version);
    faults.when(version !== undefined && !known.includes(version), {
      path: `models.prompts.${use}`,
      code: 'unknown-version',
      message: `must be one of ${known.join(', ')}`,
    });
  }
  return faults;
}
