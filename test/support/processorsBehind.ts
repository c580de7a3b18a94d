import { z } from 'zod';
import { testAdminToken } from './serverProcess.js';
import { until } from './until.js';

const answer = z.object({ data: z.array(z.looseObject({ name: z.string(), behind: z.boolean() })) });

/** What a server shows of its processors that have not done all they have seen. */
export async function processorsBehind(url: string) {
  const response = await fetch(`${url}/v1/processors`, {
    headers: { authorization: `Bearer ${testAdminToken}` },
  });
  return answer.parse(await response.json()).data.filter(({ behind }) => behind);
}

/** Resolves when the processors that a server runs have done all they have seen; fails after a minute. */
export async function nothingIsBehind(url: string): Promise<void> {
  let behind: readonly object[] = [];
  const isDone = async () => {
    behind = await processorsBehind(url);
    return behind.length === 0;
  };
  await until(isDone, () => `nothing is behind; there are ${JSON.stringify(behind)}`, 60_000, 100);
}
