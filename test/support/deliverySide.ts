import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { z } from 'zod';
import { channelsOf } from '../../src/channelConfiguration.js';
import { channelEnvironment } from '../../src/channelEnvironment.js';
import type { AccessRole } from '../../src/commands/accessKeys.js';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { startWaymark } from '../../src/composition/waymark.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { createLogger } from '../../src/http/logger.js';
import { type ProviderServer, startProviderServer } from './providerServer.js';
import { testAdminToken, testWriteKey } from './serverProcess.js';
import { testFolder } from './testFolder.js';
import { until } from './until.js';
import { testConfiguration } from './waymark.js';
import { allEvents } from './writeSide.js';

/** What a server is told so that e-mail goes to local servers alone: SendGrid's API first, then that of SES. */
export function mailSettings(sendgrid: ProviderServer, ses: ProviderServer): Record<string, string> {
  return {
    WAYMARK_PUBLIC_URL: 'https://waymark.example',
    WAYMARK_EMAIL_FROM: 'Shop <help@shop.example>',
    SENDGRID_API_KEY: 'SG.test',
    SENDGRID_BASE_URL: sendgrid.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    AWS_ENDPOINT_URL_SESV2: ses.url,
    WAYMARK_SES_FROM: 'Shop <help@shop.example>',
    WAYMARK_CHANNEL_ORDER: 'email=sendgrid,ses',
  };
}

export const sendgridTakes = () => ({ status: 202, headers: { 'x-message-id': 'sg-1' } });
export const sesTakes = () => ({ status: 200, body: { MessageId: 'ses-1' } });
export const isDown = () => ({ status: 503, body: { errors: [] } });

export async function openMailServers(t: Test) {
  const sendgrid = await startProviderServer(sendgridTakes);
  const ses = await startProviderServer(sesTakes);
  t.teardown(() => Promise.all([sendgrid.close(), ses.close()]));
  return { sendgrid, ses };
}

/** A strategy that answers a struggle with a message over these channels. */
export function strategyOver(channels: readonly string[], more: object = {}) {
  return {
    version: 0,
    name: 'By mail',
    trigger: { kind: 'struggle', on: 'detected', features: ['export'] },
    goal: { kind: 'struggle-resolved' },
    channels,
    priority: 90,
    content: { brief: 'Help with the export.' },
    ...more,
  };
}

/** Requests to a server, as an administrator. */
export function clientOf(url: string) {
  async function call(method: string, path: string, body?: object, key = testAdminToken) {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  }
  return {
    call,
    get: async (path: string) => (await call('GET', path)).body.data,
    send: (...batch: object[]) =>
      call(
        'POST',
        '/v1/batch',
        { batch: batch.map((each) => ({ messageId: randomUUID(), ...each })) },
        testWriteKey,
      ),
    /** Two tries in a row are a struggle. */
    async struggle(userId: string, feature = 'export') {
      const event = { type: 'track', userId, event: 'Task Attempted', properties: { feature } };
      for (const _ of [1, 2])
        await call('POST', '/v1/batch', { batch: [{ messageId: randomUUID(), ...event }] }, testWriteKey);
    },
    async introduce(userId: string, traits: object) {
      const identify = { type: 'identify', userId, traits, messageId: randomUUID() };
      const { body } = await call('POST', '/v1/batch', { batch: [identify] }, testWriteKey);
      const path = `/v1/profiles/${userId}?waitFor=${encodeURIComponent(body.position)}`;
      await until(async () => (await call('GET', path)).status === 200, 'the profile is there', 30_000);
    },
  };
}

interface Entry {
  readonly type: string;
  readonly action: string | null;
  readonly actor: { readonly role: string } | null;
}

/** The whole product, which sends e-mail to local servers. */
export async function openDeliverySide(
  t: Test,
  channels: readonly string[],
  more: object = {},
  moreSettings: Readonly<Record<string, string>> = {},
  roles: readonly AccessRole[] = [],
) {
  const servers = await openMailServers(t);
  const settings = { ...mailSettings(servers.sendgrid, servers.ses), ...moreSettings };
  const channelSettings = channelsOf(z.object(channelEnvironment).parse(settings), []);
  const configuration = { ...testConfiguration(testFolder(t)), channels: channelSettings };
  const keys = await openAccessKeys(configuration);
  const secrets = new Map<AccessRole, string>();
  for (const role of roles) secrets.set(role, (await keys.create(role)).secret);
  await keys.close();
  const waymark = await startWaymark(configuration, createLogger('silent'));
  t.teardown(() => waymark.stop());
  const client = clientOf(waymark.url);
  const made = await client.call('PUT', '/v1/strategies/by-mail', strategyOver(channels, more));
  if (made.status !== 200) throw new Error(JSON.stringify(made));
  async function helpEvents(): Promise<Recorded<DomainEvent>[]> {
    const events = await allEvents(waymark.stores.eventStore);
    return events.filter(({ streamName }) => streamName.startsWith('intervention-'));
  }
  return {
    ...servers,
    ...client,
    waymark,
    /** Keys of the roles that were asked for. */
    secrets,
    helpEvents,
    /** The newest entry of the audit trail of this type, once there is one. */
    async audited(type: string, action?: string, role?: string) {
      const find = async () => {
        const entries: readonly Entry[] = await client.get('/v1/audit/entries?limit=500');
        return entries.find(
          (each) =>
            each.type === type &&
            (action === undefined || each.action === action) &&
            (role === undefined || each.actor?.role === role),
        );
      };
      await until(async () => (await find()) !== undefined, `${type} stands in the audit trail`);
      return find();
    },
    /** Types of what became of help, once one of them is there. */
    async typesOnce(type: DomainEvent['type']) {
      const types = async () => (await helpEvents()).map(({ event }) => event.type);
      await until(async () => (await types()).includes(type), `there is ${type}`, 30_000);
      return types();
    },
  };
}
