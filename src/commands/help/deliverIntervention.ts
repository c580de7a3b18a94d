import { setTimeout as pause } from 'node:timers/promises';
import type { ConsentChannel } from '../../domain/consent/events.js';
import type { DeliveryCommand, WithholdIntervention } from '../../domain/intervention/commands.js';
import {
  callSettles,
  type DeliveryStep,
  nextStep,
  type ProviderTry,
  unknownOutcome,
} from '../../domain/intervention/delivery.js';
import type { InterventionProposed } from '../../domain/intervention/events.js';
import type { Offered } from '../../domain/intervention/evolve.js';
import { textOver } from '../../domain/intervention/textOver.js';
import type { JsonValue } from '../../domain/json.js';
import type { Recorded } from '../../domain/metadata.js';
import type { Sealers } from '../../keyStore/sealing.js';
import type { CausingEvent } from '../causedStream.js';
import { type ChannelMessage, type ChannelOutcome, DeliveryUnknown, type LinksFor } from '../channel.js';
import {
  executeOnIntervention,
  type InterventionAddress,
  type InterventionStreams,
  type LoadedIntervention,
  loadIntervention,
  loadProposed,
} from '../interventionStream.js';
import type { Journeys } from '../journeys.js';
import type { OpenSealed } from '../personalAccess.js';
import {
  type DeliveryGround,
  type DeliveryGroundPorts,
  gatherDelivery,
  type OpenWay,
} from './deliveryGround.js';
import type { Reachability } from './reachability.js';

/** Milliseconds for one call: less than `callSettles`, so that no call is taken for abandoned while it is made. */
const sendTimeout = 15_000;
/** Milliseconds: what is due sooner is waited for here, the rest is found again when it is due. */
const shortWait = 2000;

export interface DeliverInterventionPorts extends DeliveryGroundPorts {
  readonly streams: InterventionStreams;
  readonly journeys: Pick<Journeys, 'beside'>;
  readonly openSealed: OpenSealed;
  readonly sealing: Pick<Sealers, 'hasKeys'>;
  readonly reachability: Pick<Reachability, 'suppressedAmong' | 'suppress'>;
  readonly linksFor: LinksFor;
}

/**
 * Takes a proposed message as far as it goes now: over its channel, other providers of it, then its alternatives. Ends when
 * it is delivered, given up, or has to wait. Each call is recorded before it is made, so that after a crash it is known that
 * it may have been made: it is made again only where that is seen once. Repeated, or for a person who was erased, it does nothing.
 */
export type DeliverIntervention = (
  address: InterventionAddress,
  options?: {
    /** Aborted: nothing more is begun. A call under way is waited for, since its outcome would be lost. */
    readonly stopping?: AbortSignal;
    /** The proposal, where that has just come. */
    readonly proposed?: Recorded<InterventionProposed>;
  },
) => Promise<void>;

export function createDeliverIntervention(ports: DeliverInterventionPorts): DeliverIntervention {
  const underWay = new Set<string>();
  return async (address, { stopping, proposed } = {}) => {
    const key = `${address.tenantId}/${address.interventionId}`;
    if (underWay.has(key)) return;
    underWay.add(key);
    try {
      const loaded =
        proposed === undefined
          ? await loadIntervention(ports.streams, address)
          : await loadProposed(ports.streams, address, proposed);
      const { state } = loaded;
      if (!('proposal' in state) || state.status !== 'proposed') return;
      await ports.journeys.beside(address.tenantId, state.proposal.subject, () =>
        deliver(ports, address, loaded, stopping),
      );
    } finally {
      underWay.delete(key);
    }
  };
}

async function deliver(
  ports: DeliverInterventionPorts,
  address: InterventionAddress,
  before: LoadedIntervention,
  stopping: AbortSignal | undefined,
): Promise<void> {
  let ground: DeliveryGround | undefined;
  let loaded = before;
  for (; stopping?.aborted !== true; loaded = await loadIntervention(ports.streams, address)) {
    const { state, last } = loaded;
    if (!('proposal' in state) || state.status !== 'proposed' || last === undefined) return;
    const now = ports.streams.now();
    // Somebody else may be calling at this moment.
    if (isBeingCalled(state) && ground === undefined && now - last.metadata.recordedAt < callSettles) return;
    const { subject, channel, alternatives } = state.proposal;
    const { proposal } = state;
    ground ??= await gatherDelivery(
      ports,
      { tenantId: address.tenantId, subject },
      [channel, ...alternatives],
      (each) => textOver(proposal, each) !== null,
    );
    const step = nextStep(state.delivery, ground.ways.map(toWay), state.proposal, now);
    if (step.step === 'wait') {
      if (step.until - now > shortWait) return;
      await pause(step.until - now);
      // Consent may have been withdrawn meanwhile.
      ground = undefined;
    } else if (!(await take(ports, address, { loaded, state, last, ground, step }))) return;
  }
}

interface Situation {
  readonly loaded: LoadedIntervention;
  readonly state: Offered;
  readonly last: CausingEvent;
  readonly ground: DeliveryGround;
  readonly step: Exclude<DeliveryStep, { step: 'wait' }>;
}

/** @returns whether there may be more to do */
async function take(
  ports: DeliverInterventionPorts,
  address: InterventionAddress,
  { loaded, state, last, ground, step }: Situation,
): Promise<boolean> {
  const execute = (command: DeliveryCommand | WithholdIntervention) =>
    executeOnIntervention(ports.streams, address, command);
  if (step.step === 'settle') {
    await execute(failure(step.call, { reason: unknownOutcome, permanent: true }, ports.streams.now()));
    return true;
  }
  if (step.step === 'fail') {
    if (step.reason !== 'expired' && (await closeChannels(state, ground, execute))) return true;
    const { refusal, closed } = ground;
    const isRefused = [...closed.values()].every((reason) => reason === 'no-consent');
    const isUntried = state.delivery.tries.length === 0;
    await execute(
      refusal !== undefined && ground.ways.length === 0 && isRefused && isUntried
        ? { type: 'WithholdIntervention', data: { refusal } }
        : { type: 'MarkFailed', data: { reason: step.reason } },
    );
    return false;
  }
  const way = ground.ways.find(({ channel }) => isOver(channel, step.way));
  if (way === undefined) return false;
  if (await closeChannels(state, ground, execute, step.way.channel)) return true;
  return call(ports, address, { loaded, state, last, way, attempt: step.attempt });
}

/**
 * Says of the channels that cannot be used why not, as far as their turn came.
 * @returns whether something was recorded
 */
async function closeChannels(
  { proposal: { channel, alternatives }, delivery }: Offered,
  { closed, refusal, ways }: DeliveryGround,
  execute: (command: DeliveryCommand) => Promise<{ readonly changed: boolean }>,
  before?: ConsentChannel,
): Promise<boolean> {
  // What consent alone stands in the way of is withheld as a whole.
  if (ways.length === 0 && refusal !== undefined && delivery.tries.length === 0) {
    if ([...closed.values()].every((reason) => reason === 'no-consent')) return false;
  }
  for (const each of [channel, ...alternatives]) {
    if (each === before) return false;
    const reason = closed.get(each);
    if (reason === undefined || delivery.closed.includes(each)) continue;
    const data = { channel: each, provider: 'none', reason };
    if ((await execute({ type: 'CloseChannel', data })).changed) return true;
  }
  return false;
}

const neverAborted = new AbortController().signal;

interface Call {
  readonly loaded: LoadedIntervention;
  readonly state: Offered;
  readonly last: CausingEvent;
  readonly way: OpenWay;
  readonly attempt: number;
}

async function call(
  ports: DeliverInterventionPorts,
  address: InterventionAddress,
  { loaded, state, last, way, attempt }: Call,
): Promise<boolean> {
  const { streams } = ports;
  const { channel, provider, deduplicates } = way.channel;
  const execute = (command: DeliveryCommand) => executeOnIntervention(streams, address, command);
  const message = await messageFor(ports, address, state.proposal, way);
  if (message === undefined) {
    await execute({ type: 'MarkFailed', data: { reason: 'erased' } });
    return false;
  }
  const started = { channel, provider, attempt, state: 'called', retryAt: null } as const;
  // The inbox is the stream itself: to record that it stands there is to deliver it.
  const isInbox = channel === 'in_app';
  if (!isInbox && !isBeingCalled(state)) {
    const data = { channel, provider, attempt, address: way.fingerprint };
    if (!(await execute({ type: 'StartDelivery', data })).changed) return false;
  }
  // The inbox takes no time; a timer for each message would cost more than to deliver it.
  const limit = () => (isInbox ? neverAborted : AbortSignal.timeout(sendTimeout));
  const send = () => way.channel.send(message, limit()).catch(outcomeOf);
  let outcome = await send();
  if (outcome === undefined && deduplicates) outcome = await send();
  if (outcome?.outcome === 'accepted') {
    const { providerMessageId } = outcome;
    const delivered = { type: 'MarkDelivered', data: { channel, provider, providerMessageId } } as const;
    // Nothing was recorded since it was read where the inbox took it.
    await executeOnIntervention(streams, address, delivered, undefined, isInbox ? loaded : undefined);
    return false;
  }
  const failed = outcome ?? { reason: unknownOutcome, permanent: true };
  await execute(
    isInbox
      ? { type: 'CloseChannel', data: { channel, provider, reason: failed.reason } }
      : failure({ ...started, address: way.fingerprint }, failed, streams.now()),
  );
  if (outcome?.suppress !== undefined && way.fingerprint !== null) {
    const { subject, interventionId } = state.proposal;
    const data = { channel, address: way.fingerprint, subject, interventionId, reason: outcome.suppress };
    await ports.reachability.suppress(address.tenantId, data, last);
  }
  return true;
}

/** Undefined where it cannot be known whether the message went out. */
function outcomeOf(error: unknown): undefined {
  if (error instanceof DeliveryUnknown) return undefined;
  throw error;
}

type Failure = Pick<
  Extract<ChannelOutcome, { outcome: 'failed' }>,
  'reason' | 'permanent' | 'retryAfter' | 'suppress'
>;

function failure(
  { channel, provider, attempt }: ProviderTry,
  { reason, permanent, retryAfter, suppress }: Failure,
  now: number,
): DeliveryCommand {
  return {
    type: 'FailDelivery',
    data: {
      ...{ channel, provider, attempt, reason, permanent, now },
      ...(retryAfter !== undefined && { retryAfter }),
      ...(suppress !== undefined && { suppress }),
    },
  };
}

/** Undefined where its text can no longer be read. */
async function messageFor(
  ports: DeliverInterventionPorts,
  { tenantId, interventionId }: InterventionAddress,
  proposal: InterventionProposed['data'],
  { channel: { channel, leavesText }, address }: OpenWay,
): Promise<ChannelMessage | undefined> {
  const { subject, expiresAt, strategy, featureId } = proposal;
  const text = textOver(proposal, channel);
  if (text === null) return undefined;
  const { language } = text;
  const [title, body] = leavesText
    ? await leftSealed(ports, tenantId, subject)
    : await ports.openSealed(tenantId, [text.title, text.body]);
  if (typeof title !== 'string' || typeof body !== 'string') return undefined;
  return {
    idempotencyKey: interventionId,
    ...{ tenantId, subject, language, title, body, expiresAt, address },
    links: ports.linksFor({ tenantId, interventionId, channel, subject, language }),
    data: { interventionId, strategyId: strategy, featureId },
  };
}

/** Nothing in place of title and body; undefined in place of what nobody can read any more, or never could. */
async function leftSealed(
  { sealing }: Pick<DeliverInterventionPorts, 'sealing'>,
  tenantId: string,
  subject: string,
): Promise<readonly (JsonValue | undefined)[]> {
  return (await sealing.hasKeys(tenantId, subject)) ? ['', ''] : [];
}

function isBeingCalled({ delivery: { tries } }: Offered): boolean {
  return tries.some(({ state }) => state === 'called');
}

function toWay({ channel: { channel, provider, deduplicates } }: OpenWay) {
  return { channel, provider, deduplicates };
}

function isOver(
  a: { readonly channel: ConsentChannel; readonly provider: string },
  b: { readonly channel: ConsentChannel; readonly provider: string },
): boolean {
  return a.channel === b.channel && a.provider === b.provider;
}
