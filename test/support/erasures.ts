import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { processorsBehind } from './processorsBehind.js';
import { testAdminToken } from './serverProcess.js';
import { until } from './until.js';

const headers = { authorization: `Bearer ${testAdminToken}` };

/** Asks for a person's erasure. @returns the request's id */
export async function eraseByRequest(
  url: string,
  userId: string,
  requestId: string = randomUUID(),
): Promise<string> {
  const response = await fetch(`${url}/v1/privacy/requests`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      regulation: 'gdpr',
      subject_request_id: requestId,
      subject_request_type: 'erasure',
      submitted_time: new Date().toISOString(),
      subject_identities: [
        { identity_type: 'controller_customer_id', identity_value: userId, identity_format: 'raw' },
      ],
      api_version: '2.0',
    }),
  });
  if (response.status !== 201)
    throw new Error(`the request was answered ${response.status}: ${await response.text()}`);
  return requestId;
}

export async function requestOf(url: string, requestId: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/v1/privacy/requests/${requestId}`, { headers });
  if (response.status !== 200) throw new Error(`the request was answered ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}

/**
 * Polls until the request has come to its end, less and less often: each look is a read about the person, which goes on
 * record, and the erasure waits until the read models know of what was recorded. @returns its status
 */
export async function requestConcluded(url: string, requestId: string): Promise<unknown> {
  const deadline = Date.now() + 60_000;
  for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
    const request = await requestOf(url, requestId);
    const { request_status: status } = request;
    if (!['received', 'pending', 'in_progress'].includes(String(status))) return status;
    if (Date.now() > deadline) {
      const behind = JSON.stringify(await processorsBehind(url));
      throw new Error(`not concluded yet: ${JSON.stringify(request)}; behind are ${behind}`);
    }
    await wait(pause);
  }
}

/** Asks for many erasures side by side. @returns the requests' ids, in the order of the persons */
export async function eraseAllByRequest(url: string, userIds: readonly string[]): Promise<string[]> {
  const requestIds = userIds.map(() => randomUUID());
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < userIds.length; at = next++)
      await eraseByRequest(url, userIds[at] ?? '', requestIds[at]);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return requestIds;
}

/** Polls until no request is open. Fails after so many milliseconds. */
export async function allConcluded(url: string, within: number): Promise<void> {
  const deadline = Date.now() + within;
  for (const status of ['pending', 'in_progress']) {
    const isNone = async () => {
      const response = await fetch(`${url}/v1/privacy/requests?status=${status}&limit=1`, { headers });
      const { data } = (await response.json()) as { data: unknown[] };
      return data.length === 0;
    };
    await until(isNone, `no request is ${status}`, deadline - Date.now(), 100);
  }
}
