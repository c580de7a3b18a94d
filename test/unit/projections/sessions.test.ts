import t from 'tap';
import type { DomainEvent } from '../../../src/domain/domainEvent.js';
import type { JourneyCommand } from '../../../src/domain/journey/commands.js';
import { journeyStreamName } from '../../../src/domain/journey/streamName.js';
import { type SessionDocument, sessionBounds } from '../../../src/projections/sessions/document.js';
import { sessionsProjection } from '../../../src/projections/sessions/projection.js';
import { journey } from '../../support/journeyHistories.js';
import { documentOf, foldStrictly, recorded, subjectNumber } from '../../support/projectionFold.js';

const minute = 60_000;
const start = Date.parse('2026-03-02T10:00:00Z');
const subject = subjectNumber(1);

function page(minutes: number, id = `${minutes}`): JourneyCommand {
  return {
    type: 'TrackEvent',
    message: {
      kind: 'page',
      name: `Page ${id}`,
      userId: 'anna',
      messageId: id,
      occurredAt: start + minutes * minute,
      context: { device: { type: 'ios' }, clientSessionId: 'tab-1' },
    },
  };
}
function sessionsOf(commands: JourneyCommand[]): SessionDocument[] {
  const { sessions } = foldStrictly(sessionsProjection, journey(subject, commands), 1);
  return Object.values(sessions ?? {}) as SessionDocument[];
}

t.test('an open session and its end', async (t) => {
  t.match(sessionsOf([page(0), page(10)]), [
    {
      tenantId: 'default',
      subject,
      journeySubject: subject,
      startTime: start,
      endTime: null,
      open: true,
      lastEventAt: start + 10 * minute,
      eventCount: 2,
      device: { type: 'mobile' },
      metadata: { clientSessionIds: ['tab-1'], pageViews: 2, entryPage: 'Page 0', exitPage: 'Page 10' },
    },
  ]);
  const ended = sessionsOf([page(0), page(10), { type: 'EndIdleSessions', now: start + 60 * minute }]);
  t.match(ended, [{ open: false, endTime: start + 10 * minute, eventCount: 2 }]);
});

t.test('late events: before the start, prolonging an ended session, and bridging two', async (t) => {
  t.match(sessionsOf([page(20), page(0)]), [
    { startTime: start, eventCount: 2, metadata: { entryPage: 'Page 0' } },
  ]);

  const idle: JourneyCommand = { type: 'EndIdleSessions', now: start + 120 * minute };
  t.match(sessionsOf([page(0), idle, page(10)]), [{ open: true, endTime: null, eventCount: 2 }]);
  t.match(sessionsOf([page(0), idle, page(10), idle]), [{ open: false, endTime: start + 10 * minute }]);

  const merged = sessionsOf([page(0), page(50), page(25)]);
  t.match(merged, [
    {
      startTime: start,
      lastEventAt: start + 50 * minute,
      open: true,
      eventCount: 3,
      metadata: { pageViews: 3, entryPage: 'Page 0', exitPage: 'Page 50' },
    },
  ]);
  t.equal(merged.length, 1);
});

t.test(
  'a linked journey: the session stays where it began, the command goes to its own journey',
  async (t) => {
    const user = subjectNumber(2);
    const link: JourneyCommand = {
      type: 'LinkToUser',
      userSubject: user,
      kind: 'anonymous',
      identity: 'cookie',
      occurredAt: start + minute,
    };
    const sessions = sessionsOf([page(0), link, page(2), page(100)]);
    t.match(
      sessions.sort((a, b) => a.startTime - b.startTime),
      [
        { subject, journeySubject: subject, eventCount: 2, open: false },
        { subject: user, journeySubject: subject, eventCount: 1, open: true },
      ],
    );
  },
);

t.test('lists stay within their bounds', async (t) => {
  const streamName = journeyStreamName('default', subject);
  const events: DomainEvent[] = [{ type: 'SessionStarted', data: { sessionId: 's', startedAt: start } }];
  for (let n = 0; n < 50; n++) {
    events.push({
      type: 'ActionTracked',
      data: {
        sessionId: 's',
        name: 'Used',
        context: { clientSessionId: `tab-${n}` },
        interaction: { kind: 'used', featureId: `feature-${n}` },
      },
    });
  }
  const folded = foldStrictly(
    sessionsProjection,
    events.map((event) => recorded(event, streamName, start)),
  );
  const { metadata } = documentOf<SessionDocument>(folded, 'sessions', 'default/s');
  t.equal(metadata.features.length, sessionBounds.features);
  t.equal(metadata.clientSessionIds.length, sessionBounds.clientSessionIds);
});
