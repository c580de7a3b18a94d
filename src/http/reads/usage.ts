import type { FastifyInstance } from 'fastify';
import { findFeature, listFeatures } from '../../queries/features.js';
import { feature, video, videoEngagement } from '../../queries/models/usage.js';
import { findVideo, listVideos, listVideosOf } from '../../queries/videos.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { identifier } from './parameters.js';
import { addPersonList } from './personRoute.js';
import { addList, addRead } from './route.js';

/** What is used, and how well it goes. */
export function addFeatures(app: FastifyInstance, ports: QueryPorts): void {
  const readModels = ['features'];
  addList(
    app,
    ports,
    {
      url: '/v1/features',
      operationId: 'listFeatures',
      access: 'read',
      tag: 'usage',
      summary: 'Use, success and struggles by feature, in the order of their ids',
      readModels,
      params: {},
      query: {},
      model: feature,
    },
    async ({ tenantId }, page) => {
      const view = openView(ports, tenantId, readModels);
      return { view, found: await listFeatures(view, page) };
    },
  );
  addRead(
    app,
    ports,
    {
      url: '/v1/features/:featureId',
      operationId: 'getFeature',
      access: 'read',
      tag: 'usage',
      summary: 'Use, success and struggles of one feature',
      readModels,
      params: { featureId: identifier("The feature's id.") },
      query: {},
      model: feature,
    },
    async ({ tenantId, params }) => {
      const view = openView(ports, tenantId, readModels);
      const found = await findFeature(view, params.featureId);
      return found && { view, found };
    },
  );
}

export function addVideos(app: FastifyInstance, ports: QueryPorts): void {
  const readModels = ['videos'];
  addList(
    app,
    ports,
    {
      url: '/v1/videos',
      operationId: 'listVideos',
      access: 'read',
      tag: 'usage',
      summary: 'Videos and how they are watched, in the order of their ids',
      readModels,
      params: {},
      query: {},
      model: video,
    },
    async ({ tenantId }, page) => {
      const view = openView(ports, tenantId, readModels);
      return { view, found: await listVideos(view, page) };
    },
  );
  addRead(
    app,
    ports,
    {
      url: '/v1/videos/:videoId',
      operationId: 'getVideo',
      access: 'read',
      tag: 'usage',
      summary: 'How one video is watched',
      readModels,
      params: { videoId: identifier("The video's id.") },
      query: {},
      model: video,
    },
    async ({ tenantId, params }) => {
      const view = openView(ports, tenantId, readModels);
      const found = await findVideo(view, params.videoId);
      return found && { view, found };
    },
  );
  addPersonList(
    app,
    ports,
    {
      url: '/v1/profiles/:userId/videos',
      operationId: 'listVideosOfPerson',
      tag: 'usage',
      summary: 'The videos a person watched, the last watched first',
      readModels: ['videos', 'profiles'],
      query: {},
      model: videoEngagement,
    },
    (person, _, page) => listVideosOf(person, page),
  );
}
