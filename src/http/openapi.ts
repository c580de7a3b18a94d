import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { JsonSchema } from './schema.js';

const description = `Events in, journeys stored, profiles and struggles out, help delivered.

Durations are milliseconds, rates 0–1, scores 0–100, times ISO 8601 in UTC. Lists go on with \`cursor\`; a read with
\`waitFor\` sees what a write's \`position\` names; \`asOf\` shows a person as of a past moment. Errors are RFC 9457
problems with a stable \`code\`. Live messages come over a WebSocket at \`/v1/live\`.`;

const tags = [
  { name: 'ingestion', description: 'Send what people do.' },
  { name: 'people', description: 'Profiles, exit risk and insights.' },
  { name: 'journeys', description: 'What a person did, event by event and session by session.' },
  { name: 'struggles', description: 'Who has trouble with what.' },
  { name: 'usage', description: 'Features, videos and metrics.' },
  { name: 'help', description: 'What may be done for people: strategies and the policy over all of them.' },
  { name: 'interventions', description: 'Help that was offered, and the decisions behind it.' },
  { name: 'privacy', description: 'What people decided about their data, and their rights.' },
  { name: 'audit', description: 'Who read or changed what about whom, and the proof of it.' },
  { name: 'operation', description: 'Health, accounting, quarantine and processors.' },
];

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token. What it opens depends on its role.' },
  writeKey: {
    type: 'http',
    scheme: 'basic',
    description:
      'A write key as user, with an empty password. Also taken as `x-write-key`, Bearer or in the body.',
  },
} as const;

/** The page loads nothing from elsewhere. Served over plain HTTP too, so nothing is upgraded to HTTPS. */
const pagePolicy = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'frame-ancestors': ["'none'"],
};

/**
 * The API described from the schemas its routes show: OpenAPI 3.1 at `/openapi.json`, a page to read at `/docs`, which
 * loads nothing from elsewhere. Register on the root scope before any route. Routes without a summary stand in neither.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  const models: Record<string, JsonSchema> = {};
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Waymark',
        version: '1',
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags,
      components: { securitySchemes },
      security: [{ bearer: [] }],
    },
    convertConstToEnum: false,
    transform: ({ schema, url }) => {
      if (schema?.summary === undefined) return { schema: { ...schema, hide: true }, url };
      return { schema: shareModels(schema, models), url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) return {};
      const { openapiObject } = document;
      const { components } = openapiObject;
      return {
        ...openapiObject,
        components: { ...components, schemas: { ...components?.schemas, ...models } },
      };
    },
  });

  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      validatorUrl: false,
      staticCSP: pagePolicy,
      theme: { title: 'Waymark API', css: [{ filename: 'page.css', content: '.topbar { display: none }' }] },
    });
    scope.get('/openapi.json', () => app.swagger());
  });
}

/** Named models are printed once, under `components`, and not with every route that answers them. */
function shareModels(schema: FastifySchema, models: Record<string, JsonSchema>): FastifySchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === 'definitions') {
        Object.assign(models, JSON.parse(pointingAtComponents(JSON.stringify(value))));
        return undefined;
      }
      return value;
    }).replaceAll('"#/definitions/', '"#/components/schemas/'),
  );
}

function pointingAtComponents(text: string): string {
  return text.replaceAll('"#/definitions/', '"#/components/schemas/');
}
