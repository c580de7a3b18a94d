import { z } from 'zod';
import { testAdminToken } from './serverProcess.js';

const answer = z.object({ data: z.array(z.looseObject({ name: z.string(), behind: z.boolean() })) });

/** What a server shows of its processors that have not done all they have seen. */
export async function processorsBehind(url: string) {
  const response = await fetch(`${url}/v1/processors`, {
    headers: { authorization: `Bearer ${testAdminToken}` },
  });
  return answer.parse(await response.json()).data.filter(({ behind }) => behind);
}
