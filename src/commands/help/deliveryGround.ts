import type { ConsentChannel } from '../../domain/consent/events.js';
import type { Refusal } from '../../domain/consent/policy.js';
import type { JsonObject } from '../../domain/json.js';
import type { AddressTrait } from '../../domain/reachability/addresses.js';
import type { Channel } from '../channel.js';
import type { HelpPermission } from '../interventions.js';
import type { Reachability } from './reachability.js';

/** Where a person is reached, in the clear. */
export interface PersonAddresses {
  /** The id the application knows the person by; null where there is none. */
  readonly userId: string | null;
  readonly traits: ReadonlyMap<AddressTrait, string | JsonObject>;
  /** The person's pseudonyms, over all their journeys. */
  readonly subjects: readonly string[];
}

export interface AddressingPorts {
  /** Of each channel its providers, in the order in which they are tried. */
  readonly channels: Readonly<Record<ConsentChannel, readonly Channel[]>>;
  addressesOf(tenantId: string, subject: string): Promise<PersonAddresses>;
  /** A keyed fingerprint: the same for the same address. */
  fingerprint(tenantId: string, trait: AddressTrait, address: string | JsonObject): string;
  readonly reachability: Pick<Reachability, 'suppressedAmong'>;
}

export interface DeliveryGroundPorts extends AddressingPorts {
  readonly permissionFor: HelpPermission;
}

/** A provider that the person can be reached over now. */
export interface OpenWay {
  readonly channel: Channel;
  readonly address: string | JsonObject | null;
  /** Of the address; null where the channel needs none. */
  readonly fingerprint: string | null;
}

export type ClosedReason = 'no-consent' | 'unfit-text' | 'no-provider' | 'no-address' | 'suppressed';

/** Of each channel that was decided on: how the person is reached there now, or why not. */
export interface DeliveryGround {
  /** In the order in which they are tried. */
  readonly ways: readonly OpenWay[];
  readonly closed: ReadonlyMap<ConsentChannel, ClosedReason>;
  /** Why nothing may be sent over the first channel; undefined where it may. */
  readonly refusal: Refusal | undefined;
}

/** @param fits whether there is a text that may be sent over a channel */
export async function gatherDelivery(
  ports: DeliveryGroundPorts,
  { tenantId, subject }: { readonly tenantId: string; readonly subject: string },
  channels: readonly ConsentChannel[],
  fits: (channel: ConsentChannel) => boolean,
): Promise<DeliveryGround> {
  let found: Promise<PersonAddresses> | undefined;
  const addresses = () => (found ??= ports.addressesOf(tenantId, subject));
  const closed = new Map<ConsentChannel, ClosedReason>();
  const ways: OpenWay[] = [];
  let refusal: Refusal | undefined;
  for (const channel of channels) {
    const permission = await ports.permissionFor(tenantId, subject, channel);
    if (!permission.allowed) refusal ??= permission;
    const barred = permission.allowed ? !fits(channel) && 'unfit-text' : 'no-consent';
    const open = barred || (await waysOver(ports, tenantId, channel, addresses));
    if (typeof open === 'string') closed.set(channel, open);
    else ways.push(...open);
  }
  return { ways, closed, refusal };
}

async function waysOver(
  ports: AddressingPorts,
  tenantId: string,
  channel: ConsentChannel,
  addresses: () => Promise<PersonAddresses>,
): Promise<readonly OpenWay[] | ClosedReason> {
  const providers = ports.channels[channel];
  if (providers.length === 0) return 'no-provider';
  // The inbox is read by whoever the person is: nothing has to be opened for it.
  if (channel === 'in_app')
    return providers.map((provider) => ({ channel: provider, address: null, fingerprint: null }));
  const { userId, traits, subjects } = await addresses();
  const addressed = providers.flatMap((provider) => addressedWay(ports, tenantId, provider, userId, traits));
  if (addressed.length === 0) return 'no-address';
  const suppressed = await ports.reachability.suppressedAmong(
    tenantId,
    subjects,
    addressed.flatMap(({ fingerprint }) => (fingerprint === null ? [] : [{ channel, address: fingerprint }])),
  );
  const free = addressed.filter(({ fingerprint }) =>
    suppressed.every(({ address }) => address !== fingerprint),
  );
  return free.length === 0 ? 'suppressed' : free;
}

function addressedWay(
  { fingerprint }: Pick<DeliveryGroundPorts, 'fingerprint'>,
  tenantId: string,
  channel: Channel,
  userId: string | null,
  traits: PersonAddresses['traits'],
): OpenWay[] {
  const { addressedBy } = channel;
  if (addressedBy === null) return [{ channel, address: userId, fingerprint: null }];
  const address = traits.get(addressedBy);
  return address === undefined
    ? []
    : [{ channel, address, fingerprint: fingerprint(tenantId, addressedBy, address) }];
}

/** Channels over which every address that a person gave is suppressed. */
export async function suppressedChannels(
  ports: AddressingPorts,
  tenantId: string,
  subject: string,
): Promise<ReadonlySet<ConsentChannel>> {
  const suppressed = new Set<ConsentChannel>();
  let found: Promise<PersonAddresses> | undefined;
  const addresses = () => (found ??= ports.addressesOf(tenantId, subject));
  for (const channel of ['email', 'sms', 'push'] as const) {
    if (ports.channels[channel].length === 0) continue;
    if ((await waysOver(ports, tenantId, channel, addresses)) === 'suppressed') suppressed.add(channel);
  }
  return suppressed;
}
