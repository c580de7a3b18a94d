import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { Device } from '../device.js';

export const sessionsCollection: CollectionDefinition = {
  name: 'sessions',
  indexes: [
    ['tenantId', 'startTime'],
    ['tenantId', 'subject', 'startTime'],
    ['open', 'lastEventMinuteEnd'],
  ],
};

export const sessionBounds = { clientSessionIds: 5, features: 20, nameLength: 200 } as const;

/** One session. Id: tenant and `sessionId`. Times are epoch milliseconds. */
export interface SessionDocument extends Document {
  readonly tenantId: string;
  readonly sessionId: string;
  /** Whose it was when it started. Of a journey linked later, it stays under the earlier subject. */
  readonly subject: string;
  /** The journey whose stream holds it: where a command about this session goes. */
  readonly journeySubject: string;
  startTime: number;
  /** When its last event occurred; null while open. */
  endTime: number | null;
  open: boolean;
  lastEventAt: number;
  /** The end of the minute of the last event: what is indexed changes once a minute, not with every event. */
  lastEventMinuteEnd: number;
  lastEventRecordedAt: number;
  eventCount: number;
  device: Device | null;
  readonly metadata: SessionMetadata;
}

export interface SessionMetadata {
  /** Ids the client itself gave the session (`context.clientSessionId` or `sessionId`); the first ones in stream order. */
  readonly clientSessionIds: string[];
  pageViews: number;
  actions: number;
  /** Distinct features used, the first ones in stream order. */
  readonly features: string[];
  errors: number;
  struggles: number;
  /** Name of the first and the last page or screen by time of occurrence. */
  entryPage: string | null;
  exitPage: string | null;
  entryPageAt: number;
  exitPageAt: number;
}
