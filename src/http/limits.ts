/** Bounds on what one client, and all clients together, can make the server hold. Sizes in bytes, times in ms. */
export interface Limits {
  /** Of a body as sent, and of what a compressed one unpacks to. */
  readonly bodyBytes: number;
  /** Of requests being received or waiting for the store, together with what the store has not written yet. */
  readonly underWayBytes: number;
  /** For a request to arrive in full. */
  readonly requestTimeout: number;
  /** For the headers alone. */
  readonly headersTimeout: number;
  /** An idle connection is kept this long. */
  readonly keepAliveTimeout: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 500 * 1024,
  underWayBytes: 32 * 1024 * 1024,
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 65_000,
};
