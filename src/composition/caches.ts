import type { Logger } from 'pino';
import type { Consents } from '../commands/consents.js';
import type { Journeys } from '../commands/journeys.js';
import type { TenantConfiguration } from '../commands/tenantConfiguration.js';
import { helpPolicyStreamName } from '../domain/helpPolicy/streamName.js';
import { privacyPolicyStreamName } from '../domain/privacyPolicy/streamName.js';
import { strategiesStreamName } from '../domain/strategy/streamName.js';
import type { LogObserver } from '../processors/logFollower.js';

/** What is in memory of journeys and consents is dropped where another instance has recorded something newer. */
export function cachesOf(journeys: Journeys, consents: Consents): LogObserver {
  return {
    onGap() {
      journeys.forgetAll();
      consents.forgetAll();
    },
    onEvents(events) {
      for (const { streamName, revision } of events) {
        if (streamName.startsWith('journey-')) journeys.recorded(streamName, revision);
        else if (streamName.startsWith('consent-')) consents.recorded(streamName, revision);
      }
    },
  };
}

const configurationStreams: ReadonlySet<string> = new Set([
  privacyPolicyStreamName,
  strategiesStreamName,
  helpPolicyStreamName,
]);

/** What tenants configure is read on where another instance has changed it. */
export function configurationOf(
  configurations: readonly Pick<TenantConfiguration<never, unknown>, 'refresh'>[],
  log: Pick<Logger, 'warn'>,
): LogObserver {
  const refresh = () => {
    for (const configuration of configurations) {
      configuration
        .refresh()
        .catch((error: unknown) => log.warn({ err: error }, 'what others configured could not be read'));
    }
  };
  return {
    onGap: refresh,
    onEvents(events) {
      if (events.some(({ streamName }) => configurationStreams.has(streamName))) refresh();
    },
  };
}
