import type { Consents } from '../commands/consents.js';
import type { Journeys } from '../commands/journeys.js';
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
