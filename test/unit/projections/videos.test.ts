import t from 'tap';
import type { VideoAction, VideoActionKind } from '../../../src/domain/journey/events.js';
import { journeyStreamName } from '../../../src/domain/journey/streamName.js';
import {
  type VideoDocument,
  type VideoEngagementDocument,
  videoBounds,
} from '../../../src/projections/videos/document.js';
import { videosProjection } from '../../../src/projections/videos/projection.js';
import { averageCompletionOf, completionRateOf } from '../../../src/projections/videos/rates.js';
import { documentOf, foldStrictly, recorded, subjectNumber } from '../../support/projectionFold.js';

const start = Date.parse('2026-03-02T10:00:00Z');
const second = 1000;

/** Seconds after the start, what happened, and the position in seconds. */
type Step = [at: number, action: VideoActionKind, position?: number, more?: Partial<VideoAction>];

function eventsOf(steps: readonly Step[], person = 1) {
  return steps.map(([at, action, position, more]) =>
    recorded(
      {
        type: 'ActionTracked',
        data: {
          sessionId: 's',
          name: 'Video',
          video: {
            videoId: 'v',
            action,
            ...(position === undefined ? {} : { position: position * second }),
            ...more,
          },
        },
      },
      journeyStreamName('default', subjectNumber(person)),
      start + at * second,
    ),
  );
}
function watched(...steps: Step[]): VideoEngagementDocument {
  const folded = foldStrictly(videosProjection, eventsOf(steps), 1);
  return documentOf(folded, 'videoEngagements', `default/${subjectNumber(1)}/v`);
}

t.test('watch time by positions, by the clock, and never by a gap', async (t) => {
  const total = (...steps: Step[]) => watched(...steps).totalWatchTime / second;
  t.equal(total([0, 'started', 0], [10, 'playing', 10], [25, 'paused', 25]), 25);
  t.equal(total([0, 'started', 0], [10, 'paused', 10], [500, 'resumed', 10], [505, 'paused', 15]), 15);
  t.equal(total([0, 'started', 0], [60, 'paused', 40]), 40, 'buffering: the position knows better');
  t.equal(total([0, 'started'], [60, 'paused']), 60, 'no positions: the clock');
  t.equal(total([0, 'started'], [36_000, 'paused']), 600, 'a night at most counts as ten minutes');
  t.equal(total([0, 'started', 0], [3000, 'paused', 3000]), 3000, 'positions prove a long stretch');
  t.equal(total([0, 'started', 0], [10, 'paused', 900]), 10, 'no more than can have played');
  t.equal(
    total([0, 'started', 0, { playbackSpeed: 2 }], [10, 'paused', 20]),
    20,
    'at double speed twice as much',
  );
  t.equal(total([0, 'started', 0], [10, 'seeked', 100, { seekFrom: 10_000 }], [15, 'paused', 105]), 15);
  t.equal(total([0, 'started', 0], [10, 'started', 0], [15, 'paused', 5]), 5, 'a new start proves nothing');
});

t.test('views, completion, replays, skips and pauses', async (t) => {
  const length = { duration: 100_000 };
  const document = watched(
    [0, 'started', 0, length],
    [30, 'seeked', 12, { seekFrom: 30_000 }],
    [40, 'seeked', 61, { seekFrom: 22_000 }],
    [50, 'paused', 71],
  );
  t.match(document, {
    viewCount: 1,
    segmentsReplayed: [{ from: 10_000, to: 30_000, count: 1 }],
    skipSegments: [{ from: 20_000, to: 70_000, count: 1 }],
    pausePoints: [{ position: 70_000, count: 1 }],
  });
  t.equal(completionRateOf(document), 0.71);
  t.equal(completionRateOf(watched([0, 'started', 0])), null, 'of an unknown length');
  t.equal(completionRateOf(watched([0, 'started', 0], [9, 'completed', 9])), 1);
  t.equal(
    completionRateOf(watched([0, 'started', 0, length], [1, 'seeked', 90, { seekFrom: 1_000 }])),
    0.01,
    'where a seek leads to is not reached yet',
  );
  t.equal(watched([0, 'playing', 5], [10, 'playing', 15]).viewCount, 1, 'heartbeats without a start');
});

t.test('a late event adds no watch time and turns nothing back', async (t) => {
  const document = watched([0, 'started', 0], [20, 'paused', 20], [10, 'playing', 10], [40, 'resumed', 20]);
  t.match(document, { totalWatchTime: 20_000, lastWatchedAt: start + 40_000 });
  t.match(document.playback, { action: 'resumed', playing: true });
});

t.test('the totals of a video are the sums over its viewers', async (t) => {
  const length = { duration: 100_000 };
  const folded = foldStrictly(
    videosProjection,
    [
      ...eventsOf(
        [
          [0, 'started', 0, length],
          [50, 'paused', 50],
        ],
        1,
      ),
      ...eventsOf(
        [
          [0, 'started', 0, length],
          [100, 'completed', 100],
          [200, 'started', 0],
        ],
        2,
      ),
      ...eventsOf([[0, 'started', 0]], 3),
    ],
    2,
  );
  const document = documentOf<VideoDocument>(folded, 'videos', 'default/v');
  t.match(document, { views: 4, viewers: 3, totalWatchTime: 150_000, completions: 1, measured: 2 });
  t.equal(averageCompletionOf(document), 0.75);
});

t.test('lists stay within their bounds, the most frequent entries remain', async (t) => {
  const steps: Step[] = [];
  for (let n = 0; n < 100; n++) {
    steps.push([n * 3, 'paused', 50], [n * 3 + 1, 'paused', 100 + n * 10]);
    steps.push([n * 3 + 2, 'seeked', n * 20, { seekFrom: n * 20_000 + 40_000 }]);
  }
  const document = watched(...steps);
  t.equal(document.pausePoints.length, videoBounds.pausePoints);
  t.equal(document.segmentsReplayed.length, videoBounds.segments);
  t.match(
    document.pausePoints.find(({ position }) => position === 50_000),
    { count: 100 },
  );
});
