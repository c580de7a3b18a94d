import { exitCodes } from '../arguments.js';

/** One thing that `verify` looks at. */
export interface Check {
  readonly name: string;
  run(): Promise<Findings>;
}

export interface Findings {
  /** What was looked at, with figures. */
  readonly summary: string;
  /** Empty where all is well. Hold nothing personal. */
  readonly problems: readonly string[];
}

/** `waymark verify`: runs all checks, prints what each found. Exit code 1 where one found a problem or failed. */
export async function verifyCommand(
  checks: readonly Check[],
  print: (text: string) => void,
): Promise<number> {
  let wrong = 0;
  for (const check of checks) {
    const { summary, problems } = await runCheck(check);
    print(`${problems.length === 0 ? 'ok   ' : 'WRONG'}  ${check.name}: ${summary}`);
    for (const problem of problems) print(`         ${problem}`);
    if (problems.length > 0) wrong += 1;
  }
  print(
    wrong === 0
      ? 'Everything that was checked is as it should be.'
      : `${wrong} of ${checks.length} checks found something wrong.`,
  );
  return wrong === 0 ? exitCodes.ok : exitCodes.wrong;
}

async function runCheck(check: Check): Promise<Findings> {
  try {
    return await check.run();
  } catch (error) {
    return {
      summary: 'could not be checked',
      problems: [error instanceof Error ? error.message : String(error)],
    };
  }
}
