import { z } from 'zod';
import { testAdminToken } from './serverProcess.js';
import { until } from './until.js';

const answer = z.object({
  data: z.array(z.looseObject({ name: z.string(), state: z.string(), behind: z.boolean() })),
});

async function processorsOf(url: string) {
  const response = await fetch(`${url}/v1/processors`, {
    headers: { authorization: `Bearer ${testAdminToken}` },
  });
  return answer.parse(await response.json()).data;
}

/** What a server shows of its processors that have not done all they have seen. */
export async function processorsBehind(url: string) {
  return (await processorsOf(url)).filter(({ behind }) => behind);
}

/** Resolves when the processors that a server runs have done all they have seen; fails after a minute. */
export function nothingIsBehind(url: string): Promise<void> {
  return untilNone('behind', () => processorsBehind(url));
}

/** Resolves when all processors run on this server and have done all they have seen; fails after a minute. */
export function allIsDoneBy(url: string): Promise<void> {
  return untilNone('behind or elsewhere', async () => {
    const processors = await processorsOf(url);
    return processors.filter(({ state, behind }) => state !== 'running' || behind);
  });
}

async function untilNone(what: string, find: () => Promise<readonly object[]>): Promise<void> {
  let found: readonly object[] = [];
  const isDone = async () => {
    found = await find();
    return found.length === 0;
  };
  await until(isDone, () => `nothing is ${what}; there are ${JSON.stringify(found)}`, 60_000, 100);
}
