/** What the server does wrong, changed while it runs. Everything off: a server that behaves. */
export interface Faults {
  /** Takes requests and never says anything again. */
  silent: boolean;
  /** Waits before each answer; milliseconds. */
  slow: number;
  /** Waits before each event that it sends; milliseconds. */
  slowEvents: number;
  /** So many of the next appends are written and never answered. */
  loseAnswers: number;
  /** So many of the next appends are written, and then the stream of appends fails. */
  failAfterWrite: number;
  /** So many of the next appends are not written, and the stream of appends fails. */
  failBeforeWrite: number;
  /** So many of the next appends are answered with what nobody asked, and then properly. */
  foreignAnswers: number;
  /** So many of the next appends are written, and answered at once with a time-out: not confirmed by a majority. */
  notConfirmed: number;
  /** So many of the next appends are refused as by a server that starts (`Server Is Not Ready`). */
  notReady: number;
  /** Every repetition of an append is called a conflict. */
  forgetful: boolean;
  /** Appends are answered without a position. */
  withoutPositions: boolean;
  /** Requests that need the leader are sent there; they come back when this node is the leader. */
  leader: { readonly host: string; readonly port: number } | undefined;
  /** So many of the next subscriptions fail after their first event. */
  breakSubscriptions: number;
  /** Subscriptions give nothing any more, and do not end. */
  deafSubscriptions: boolean;
  /** Every request is refused: the credentials are wrong. */
  accessDenied: boolean;
  /** Against this machine's clock; milliseconds. */
  clockOffset: number;
}

export function noFaults(): Faults {
  return {
    silent: false,
    slow: 0,
    slowEvents: 0,
    loseAnswers: 0,
    failAfterWrite: 0,
    failBeforeWrite: 0,
    foreignAnswers: 0,
    notConfirmed: 0,
    notReady: 0,
    forgetful: false,
    withoutPositions: false,
    leader: undefined,
    breakSubscriptions: 0,
    deafSubscriptions: false,
    accessDenied: false,
    clockOffset: 0,
  };
}

/** Whether one of so many is due; it is then used up. */
export function takes(
  faults: Faults,
  fault:
    | 'loseAnswers'
    | 'failAfterWrite'
    | 'failBeforeWrite'
    | 'foreignAnswers'
    | 'notConfirmed'
    | 'notReady'
    | 'breakSubscriptions',
): boolean {
  if (faults[fault] === 0) return false;
  faults[fault] -= 1;
  return true;
}
