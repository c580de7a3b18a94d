/** A request's receipt, and the key that the server publishes, as an officer would keep them. */
export async function receiptOf(
  request: unknown,
  url: string,
  token: string,
): Promise<{ readonly receipt: string; readonly publicKey: string }> {
  const receipt = /"receipt":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(request))?.[1];
  if (receipt === undefined) throw new Error('the request has no receipt');
  const discovery = await fetch(`${url}/v1/privacy/discovery`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const key = /("-----BEGIN PUBLIC KEY-----(?:[^"\\]|\\.)*")/.exec(await discovery.text())?.[1];
  if (key === undefined) throw new Error('the server publishes no key');
  return { receipt: JSON.parse(receipt), publicKey: JSON.parse(key) };
}
