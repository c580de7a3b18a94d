import type { Logger } from 'pino';
import type { ChannelConfiguration } from '../channelConfiguration.js';
import type { CausedStreamPorts } from '../commands/causedStream.js';
import type { Consents } from '../commands/consents.js';
import { createDeliveriesBeside } from '../commands/help/deliverBeside.js';
import { createDeliverIntervention } from '../commands/help/deliverIntervention.js';
import { type AddressingPorts, suppressedChannels } from '../commands/help/deliveryGround.js';
import { createReachability } from '../commands/help/reachability.js';
import { createRecordProviderNews } from '../commands/help/recordProviderNews.js';
import { createResendIntervention } from '../commands/help/resendIntervention.js';
import type { HelpPermission } from '../commands/interventions.js';
import type { Journeys } from '../commands/journeys.js';
import type { OpenSealed } from '../commands/personalAccess.js';
import { consentChannels } from '../domain/consent/events.js';
import type { JsonObject } from '../domain/json.js';
import type { AddressTrait } from '../domain/reachability/addresses.js';
import type { GaugeSource } from '../http/metrics.js';
import type { Sealers } from '../keyStore/sealing.js';
import type { Processors } from '../processors/processors.js';
import { findAddresses } from '../queries/addresses.js';
import { liveReader } from '../queries/documentReader.js';
import { deliverDue } from '../reactors/deliverDue.js';
import { deliverHelp } from '../reactors/deliverHelp.js';
import { openHelpChannels } from './helpChannels.js';
import type { Stores } from './stores.js';

export interface HelpDeliveryParts {
  readonly configuration: ChannelConfiguration;
  readonly stores: Pick<Stores, 'documentStore' | 'sharing'>;
  readonly streams: CausedStreamPorts;
  readonly journeys: Pick<Journeys, 'beside'>;
  readonly consents: Consents;
  readonly openSealed: OpenSealed;
  readonly sealing: Pick<Sealers, 'hasKeys'>;
  readonly permissionFor: HelpPermission;
  signerFor(use: string): (text: string) => string;
  /** There once everything is put together. */
  processors(): Processors;
  readonly log: Pick<Logger, 'warn'>;
}

export type HelpDelivery = Awaited<ReturnType<typeof createHelpDelivery>>;

/** How help reaches people, and what comes back. @throws ConfigurationError */
export async function createHelpDelivery(parts: HelpDeliveryParts) {
  const { stores, streams, journeys, openSealed, log } = parts;
  const reachability = createReachability(streams);
  const helpChannels = await openHelpChannels({
    configuration: parts.configuration,
    application: parts,
    sharing: stores.sharing,
    record: createRecordProviderNews(streams, journeys, reachability),
  });
  const { channels, linksFor } = helpChannels;
  const liveCollection = (name: string) => parts.processors().liveCollection(name);
  const documents = liveReader(stores.documentStore, { liveCollection });
  const sign = parts.signerFor('fingerprints of addresses');
  const addressing: AddressingPorts = {
    channels,
    reachability,
    addressesOf: (...about) => findAddresses(documents, openSealed, ...about),
    fingerprint: (tenantId, trait, address) =>
      sign(JSON.stringify([tenantId, trait, sameFor(trait, address)])),
  };
  const deliver = createDeliverIntervention({
    ...addressing,
    ...{ streams, journeys, openSealed, linksFor, reachability, sealing: parts.sealing },
    permissionFor: parts.permissionFor,
  });
  const beside = createDeliveriesBeside(deliver, (error) =>
    log.warn({ err: error }, 'a message could not be delivered; it is tried again'),
  );
  const gauge: GaugeSource = {
    name: 'waymark_deliveries_under_way',
    help: 'Messages that are being delivered over providers.',
    labelNames: [],
    collect: () => [{ labels: {}, value: beside.underWay() }],
  };
  return {
    channels: helpChannels,
    /** Channels that somebody can be reached over. */
    served: new Set(consentChannels.filter((channel) => channels[channel].length > 0)),
    suppressedFor: (tenantId: string, subject: string) => suppressedChannels(addressing, tenantId, subject),
    reachability,
    reactor: deliverHelp({ deliver, deliverBeside: beside.deliver }),
    resend: createResendIntervention(streams, journeys),
    gauges: [gauge, ...helpChannels.gauges],
    /** One look at what is due. */
    deliverDue: () =>
      deliverDue({
        ...{ documentStore: stores.documentStore, liveCollection },
        deliverBeside: beside.deliver,
        now: streams.now,
      }),
    async close() {
      await beside.close();
      helpChannels.close();
    },
  };
}

/** Of an address that can be written in several ways, one. */
function sameFor(trait: AddressTrait, address: string | JsonObject): string | JsonObject {
  if (typeof address !== 'string') return address.endpoint === undefined ? address : `${address.endpoint}`;
  if (trait === 'email') return address.trim().toLowerCase();
  return trait === 'phone' ? address.replace(/[^\d+]/g, '') : address.trim();
}
