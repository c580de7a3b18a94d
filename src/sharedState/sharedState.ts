/**
 * The shared state port: what the instances of one installation tell each other and agree upon. Everything in it may be
 * lost at any time (a restart of Redis) without losing data: the stores decide, this only spares work and says who does
 * it. Names and messages hold nothing personal. Both engines pass `test/contracts/sharedState.ts`.
 */
export interface SharedState {
  /** Takes tokens from a bucket, which is full when it is first named. @throws SharedStateUnavailable */
  takeTokens(bucket: string, limit: TokenLimit, tokens?: number): Promise<TokensTaken>;

  /** Undefined while somebody else holds it. @throws SharedStateUnavailable */
  acquireLease(name: string, duration: number): Promise<Lease | undefined>;
  /**
   * Holds it for `duration` milliseconds from now, also where it had run out or been lost. False where somebody acquired it
   * meanwhile: it can never be renewed again. @throws SharedStateUnavailable
   */
  renewLease(lease: Lease, duration: number): Promise<boolean>;
  /** Whoever no longer holds it releases nothing. @throws SharedStateUnavailable */
  releaseLease(lease: Lease): Promise<void>;

  /** At most once, to whoever listens now. @throws SharedStateUnavailable */
  publish(topic: string, message: string): Promise<void>;
  /** Listens until the returned function is called. `onMessage` never throws. May miss messages while Redis is away. */
  subscribe(topic: string, onMessage: (message: string) => void): () => void;

  /** Rejects, or takes long, where it cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A bucket holds at most `burst` tokens and gains `perSecond`. */
export interface TokenLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokensTaken {
  /** Where not, nothing was taken. */
  readonly allowed: boolean;
  /** Milliseconds until as many will be there; 0 where they were taken. */
  readonly retryAfter: number;
}

export interface Lease {
  readonly name: string;
  /** Greater than that of every earlier holder: whoever remembers the greatest seen can refuse the others. */
  readonly token: number;
}

/** Cannot be reached now, or did not answer in time; whether something was done is not known. */
export class SharedStateUnavailable extends Error {
  readonly code = 'shared-state-unavailable';
}
