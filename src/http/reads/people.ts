import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AnalyseContext } from '../../commands/help/analyseContext.js';
import { journeyVersionOf } from '../../queries/contextAnalysis.js';
import { insightsOf } from '../../queries/insights.js';
import { readJourney } from '../../queries/journey.js';
import { insights } from '../../queries/models/insights.js';
import { journeyEvent, journeyEventTypes } from '../../queries/models/journeyEvent.js';
import { personRisk, profile } from '../../queries/models/profile.js';
import { session } from '../../queries/models/session.js';
import { profileOf, toRisk } from '../../queries/profiles.js';
import { findSession, listSessionsOf } from '../../queries/sessions.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { checkPeriod, identifier, period } from './parameters.js';
import { addPersonList, addPersonRead } from './personRoute.js';
import { addRead } from './route.js';

/** What is known of one person. */
export function addPeople(app: FastifyInstance, ports: QueryPorts, analyse: AnalyseContext): void {
  addPersonRead(
    app,
    ports,
    {
      url: '/v1/profiles/:userId',
      operationId: 'getProfile',
      tag: 'people',
      summary: "A person's profile",
      readModels: ['profiles', 'consents'],
      query: {},
      model: profile,
    },
    (person) => profileOf(person, person.profile),
  );
  addPersonRead(
    app,
    ports,
    {
      url: '/v1/profiles/:userId/risk',
      operationId: 'getRisk',
      tag: 'people',
      summary: "A person's exit risk, with what contributes to it",
      readModels: ['profiles'],
      query: {},
      model: personRisk,
    },
    async (person) => toRisk(person.profile),
  );
  addPersonRead(
    app,
    ports,
    {
      url: '/api/events/user/:userId/insights',
      operationId: 'getInsights',
      tag: 'people',
      summary: 'Profile, struggles, risk, preferences, analysis and recommendations for one person',
      description:
        'Where a model is configured and the person’s consent allows it, it analyses the situation when this is read: once for what is known of the person, and again after an hour. A past moment asks nobody.',
      readModels: ['profiles', 'struggles', 'consents'],
      query: {},
      model: insights,
    },
    async (person, { asOf }) => {
      const { tenantId, profile } = person;
      const journeyVersion = journeyVersionOf(profile);
      const { subject } = profile;
      return insightsOf(person, await analyse({ tenantId, subject, journeyVersion, asOf }));
    },
  );
}

/** What one person did, event by event and session by session. */
export function addJourneys(app: FastifyInstance, ports: QueryPorts): void {
  addPersonList(
    app,
    ports,
    {
      url: '/v1/profiles/:userId/journey',
      operationId: 'listJourney',
      tag: 'journeys',
      summary: "A person's events in order, with what was concluded from them",
      description:
        "By when they occurred, over all journeys that turned out to be this person's. `causationId` of what was concluded leads to what it was concluded from.",
      readModels: ['profiles'],
      query: {
        ...period,
        type: z.enum(journeyEventTypes).optional().meta({ description: 'Only events of this type.' }),
      },
      model: journeyEvent,
    },
    (person, { query }, page) => {
      checkPeriod(query);
      return readJourney(ports, person, query, page);
    },
  );
  addPersonList(
    app,
    ports,
    {
      url: '/v1/profiles/:userId/sessions',
      operationId: 'listSessionsOfPerson',
      tag: 'journeys',
      summary: "A person's sessions, newest first",
      readModels: ['profiles', 'sessions'],
      query: {},
      model: session,
    },
    (person, _, page) => listSessionsOf(person, page),
  );
  addRead(
    app,
    ports,
    {
      url: '/v1/sessions/:sessionId',
      operationId: 'getSession',
      access: 'person',
      personal: true,
      tag: 'journeys',
      summary: 'One session',
      readModels: ['sessions', 'profiles'],
      params: { sessionId: identifier("The session's id.") },
      query: {},
      model: session,
    },
    async ({ tenantId, params }) => {
      const view = openView(ports, tenantId, ['sessions', 'profiles']);
      return findSession(view, params.sessionId);
    },
  );
}
