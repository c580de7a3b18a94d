/** Undefined for what is not JSON: whoever shares Redis may write there too, and a listener must never throw. */
export function parsedMessage(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
