import { readReceipt } from '../../src/integrations/embedded/receipt.js';

/** What a request's receipt states, its signature checked against the key that the server publishes. */
export async function openReceiptOf(request: unknown, url: string, token: string): Promise<unknown> {
  const receipt = /"receipt":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(request))?.[1];
  if (receipt === undefined) throw new Error('the request has no receipt');
  const discovery = await fetch(`${url}/v1/privacy/discovery`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const key = /"(-----BEGIN PUBLIC KEY-----(?:[^"\\]|\\.)*)"/.exec(await discovery.text())?.[1];
  if (key === undefined) throw new Error('the server publishes no key');
  return readReceipt(JSON.parse(receipt), JSON.parse(`"${key}"`));
}
