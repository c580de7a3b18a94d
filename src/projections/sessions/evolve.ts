import type { SessionEnded, SessionStarted, UserEvent } from '../../domain/journey/events.js';
import type { JsonValue } from '../../domain/json.js';
import type { Recorded } from '../../domain/metadata.js';
import { deviceOf } from '../device.js';
import { recurringDocumentId } from '../documentId.js';
import { journeySubjectOf, ownerOf } from '../owner.js';
import { minuteLength, startOf } from '../time.js';
import { type SessionDocument, type SessionMetadata, sessionBounds } from './document.js';

export function startedSession(recorded: Recorded<unknown>, event: SessionStarted): SessionDocument {
  const { tenantId, recordedAt } = recorded.metadata;
  const { sessionId, startedAt } = event.data;
  return {
    id: recurringDocumentId(tenantId, sessionId),
    tenantId,
    sessionId,
    subject: ownerOf(recorded, event.data.linkedTo),
    journeySubject: journeySubjectOf(recorded),
    startTime: startedAt,
    endTime: null,
    open: true,
    lastEventAt: startedAt,
    lastEventMinuteEnd: endOfMinute(startedAt),
    lastEventRecordedAt: recordedAt,
    eventCount: 0,
    device: null,
    metadata: {
      clientSessionIds: [],
      pageViews: 0,
      actions: 0,
      features: [],
      errors: 0,
      struggles: 0,
      entryPage: null,
      exitPage: null,
      entryPageAt: 0,
      exitPageAt: 0,
    },
  };
}

/** An event later than the end of an ended session opens it again, as it does in the journey. */
export function addEvent(
  document: SessionDocument,
  event: UserEvent,
  { occurredAt, recordedAt }: { readonly occurredAt: number; readonly recordedAt: number },
): void {
  document.eventCount += 1;
  document.startTime = Math.min(document.startTime, occurredAt);
  document.lastEventRecordedAt = Math.max(document.lastEventRecordedAt, recordedAt);
  if (occurredAt > document.lastEventAt) {
    document.lastEventAt = occurredAt;
    document.lastEventMinuteEnd = endOfMinute(occurredAt);
    document.open = true;
    document.endTime = null;
  }
  const { context } = event.data;
  if (document.device === null && context !== undefined) document.device = deviceOf(context);
  describe(document.metadata, event, occurredAt);
}

function describe(metadata: SessionMetadata, { type, data }: UserEvent, at: number): void {
  const { interaction } = data;
  const clientId = sessionIdOf(data.context?.clientSessionId) ?? sessionIdOf(data.context?.sessionId);
  if (clientId !== undefined) addName(metadata.clientSessionIds, clientId, sessionBounds.clientSessionIds);
  if (interaction?.featureId !== undefined)
    addName(metadata.features, interaction.featureId, sessionBounds.features);
  if (interaction?.kind === 'error' || interaction?.kind === 'failed') metadata.errors += 1;
  if (type === 'ActionTracked') metadata.actions += 1;
  if (type === 'PageViewed' || type === 'ScreenViewed') {
    metadata.pageViews += 1;
    if (data.name !== undefined) addPage(metadata, data.name.slice(0, sessionBounds.nameLength), at);
  }
}

/** Of two pages at the same moment, the one recorded first is the entry and the one recorded last the exit. */
function addPage(metadata: SessionMetadata, name: string, at: number): void {
  if (metadata.entryPage === null || at < metadata.entryPageAt) {
    metadata.entryPage = name;
    metadata.entryPageAt = at;
  }
  if (metadata.exitPage === null || at >= metadata.exitPageAt) {
    metadata.exitPage = name;
    metadata.exitPageAt = at;
  }
}

export function endSession(document: SessionDocument, { data }: SessionEnded): void {
  document.open = false;
  document.startTime = data.startedAt;
  document.endTime = data.endedAt;
}

/** The later session was a part of this one all the time: it gives its end and its counts. */
export function mergeSessions(document: SessionDocument, merged: SessionDocument): void {
  document.startTime = Math.min(document.startTime, merged.startTime);
  document.lastEventAt = Math.max(document.lastEventAt, merged.lastEventAt);
  document.lastEventMinuteEnd = Math.max(document.lastEventMinuteEnd, merged.lastEventMinuteEnd);
  document.lastEventRecordedAt = Math.max(document.lastEventRecordedAt, merged.lastEventRecordedAt);
  document.open = merged.open;
  document.endTime = merged.endTime;
  document.eventCount += merged.eventCount;
  document.device ??= merged.device;
  const { metadata } = document;
  const added = merged.metadata;
  metadata.pageViews += added.pageViews;
  metadata.actions += added.actions;
  metadata.errors += added.errors;
  metadata.struggles += added.struggles;
  for (const id of added.clientSessionIds)
    addName(metadata.clientSessionIds, id, sessionBounds.clientSessionIds);
  for (const feature of added.features) addName(metadata.features, feature, sessionBounds.features);
  if (added.entryPage !== null) addPage(metadata, added.entryPage, added.entryPageAt);
  if (added.exitPage !== null) addPage(metadata, added.exitPage, added.exitPageAt);
}

function addName(names: string[], name: string, bound: number): void {
  if (names.length < bound && !names.includes(name)) names.push(name);
}

function sessionIdOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, sessionBounds.nameLength) : undefined;
}

function endOfMinute(time: number): number {
  return startOf(minuteLength, time) + minuteLength;
}
