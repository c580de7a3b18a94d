import type { Test } from 'tap';
import { startWaymark } from '../../src/composition/waymark.js';
import type { Configuration } from '../../src/config.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { defaultHelpPolicy, type HelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import type { JsonObject } from '../../src/domain/json.js';
import { createLogger } from '../../src/http/logger.js';
import type { ModelConfiguration } from '../../src/llmConfiguration.js';
import { type Asked, type Reply, startLanguageModel } from './languageModel.js';
import { testAdminToken, testWriteKey } from './serverProcess.js';
import { testFolder } from './testFolder.js';
import { until } from './until.js';
import { testConfiguration } from './waymark.js';
import { allEvents } from './writeSide.js';

/** Proposes a text. */
export const write = (title: string, body: string): Reply => ({
  does: 'calls',
  tool: 'propose_intervention',
  input: { title, body },
});
/** A text that nothing speaks against. */
export const good = write('Need a hand?', 'You can press Save first and then try the export again.');

export interface ModelSideOptions {
  readonly policy?: Partial<HelpPolicy>;
  readonly models?: readonly ('anthropic' | 'openai')[];
  /** Dollars for a million tokens. */
  readonly price?: ModelConfiguration['price'];
  readonly traits?: JsonObject;
  readonly feature?: string;
}

type OfType<T extends DomainEvent['type']> = Extract<DomainEvent, { type: T }>;

/** The whole product with a model on this machine. `struggle` lets a person fail until help is proposed. */
export async function openModelSide(
  t: Test,
  answer: (asked: Asked, reply: number) => Reply | Promise<Reply>,
  options: ModelSideOptions = {},
) {
  const server = await startLanguageModel(t, answer);
  const configuration: Configuration = {
    ...testConfiguration(testFolder(t)),
    models: (options.models ?? ['openai']).map((provider) => ({
      ...{ provider, model: 'small', apiKey: 'sk-test-0123456789', price: options.price ?? null },
      baseUrl: provider === 'openai' ? `${server.url}/v1` : server.url,
    })),
  };
  const waymark = await startWaymark(configuration, createLogger('silent'));
  t.teardown(() => waymark.stop());
  if (options.policy !== undefined) {
    const data = { version: 0, policy: { ...defaultHelpPolicy, ...options.policy }, at: 0, by: 'test' };
    await waymark.application.help.policies.execute('default', { type: 'ChangeHelpPolicy', data }, 'test');
  }
  const send = async (method: string, path: string, token: string, body: object) => {
    const sent = await fetch(`${waymark.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    t.equal(sent.status, 200);
  };
  const post = (path: string, body: object) => send('POST', path, testWriteKey, body);
  const put = (path: string, body: object) => send('PUT', path, testAdminToken, body);
  const ofType = async <T extends DomainEvent['type']>(type: T) => {
    const events: DomainEvent[] = (await allEvents(waymark.stores.eventStore)).map(({ event }) => event);
    return events.filter((event): event is OfType<T> => event.type === type);
  };
  const struggle = async (userId = 'ada-lovelace') => {
    if (options.traits !== undefined) {
      await post('identify', { userId, traits: options.traits, messageId: `traits-${userId}` });
      await until(() => waymark.application.processors.caughtUp(), 'the traits are known');
    }
    const failed = (attempt: number) => ({
      ...{ type: 'track', userId, event: 'Quiz Failed', messageId: `${userId}-${attempt}` },
      properties: { feature: options.feature ?? 'quiz', error: `E${attempt}` },
    });
    await post('batch', { batch: Array.from({ length: 8 }, (_, attempt) => failed(attempt)) });
    await until(async () => (await ofType('InterventionProposed')).length > 0, 'help is proposed');
    const [generated] = await ofType('TextGenerated');
    const [proposed] = await ofType('InterventionProposed');
    if (proposed === undefined) throw new Error('nothing was proposed');
    const [title, body] = await waymark.application.openSealed('default', [
      proposed.data.title,
      proposed.data.body,
    ]);
    return { generated: generated?.data, proposed: proposed.data, shown: `${title} ${body}` };
  };
  const get = async (path: string, token = testAdminToken) => {
    const answer = await fetch(waymark.url + path, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as { data: JsonObject; masked?: string[] } };
  };
  return { server, waymark, struggle, ofType, post, put, get };
}
