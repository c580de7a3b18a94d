import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LinksFor } from '../../commands/channel.js';
import { type CheckedFor, type CheckText, sentBodyOf } from '../../commands/help/compliance.js';
import type { ComposedText, ComposeText } from '../../commands/help/composeText.js';
import type { StrategyTemplateFaults } from '../../commands/help/strategyTemplates.js';
import { type CompliancePolicy, primaryLanguage } from '../../domain/content/compliance.js';
import { readingLevel } from '../../domain/content/readingLevel.js';
import { smsSize, smsText } from '../../domain/content/smsSegments.js';
import { CodedError } from '../../domain/errors.js';
import type { JsonValue } from '../../domain/json.js';
import { isSealed } from '../../domain/privacy/detection.js';
import { parseSealed } from '../../keyStore/sealedText.js';
import { type Audience, audienceOf } from '../../queries/audience.js';
import { openPerson } from '../../queries/person.js';
import { sealedTextsIn } from '../../queries/sealedValues.js';
import type { QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { allowUse, type PersonalValuePorts, recordReading } from '../personalValues.js';
import { existingBody, type ReceivedBody } from '../privacy/jsonBody.js';
import { problemResponses } from '../problems.js';
import { parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';

import { checkOwnBodies, noQuery } from './configurationRoute.js';
import { preview, previewBody } from './previewBody.js';

export interface PreviewRoutesOptions {
  readonly ports: QueryPorts;
  readonly personalValues: PersonalValuePorts;
  readonly compose: ComposeText;
  readonly check: CheckText;
  readonly templateFaults: StrategyTemplateFaults;
  policyOf(tenantId: string): CompliancePolicy;
  readonly linksFor: LinksFor;
}

/** About as long as those of messages that are sent: the links of an SMS are as long as what they name. */
const sample = { interventionId: `${randomUUID()}.preview`, subject: '', language: '' };

/** What a text needs to know of a person, opened as far as the reader may see it. */
interface OpenedAudience extends Pick<Audience, 'languages' | 'complexity' | 'ageGroup'> {
  readonly name: string | undefined;
  readonly personalValues: readonly string[];
}

const answer = z.object({ data: preview });

/** How a content would read. Changes nothing. Mounted without a prefix. */
export function previewRoutes(options: PreviewRoutesOptions): FastifyPluginAsync {
  const { compose, check, templateFaults, policyOf } = options;
  return async (app) => {
    checkOwnBodies(app);
    app.post<{ Body: ReceivedBody | undefined }>(
      '/v1/content/preview',
      {
        config: { access: 'person' },
        schema: {
          operationId: 'previewContent',
          summary: 'How a content would read, and what would keep it from being sent',
          description: 'Changes nothing. With a `userId` it is recorded as a read about that person.',
          tags: ['help'],
          body: jsonSchema(previewBody, 'input'),
          response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        const { tenantId } = accessOf(request);
        parseParameters(noQuery, request.query);
        const asked = parseParameters(previewBody, existingBody(request.body).value);
        const { channel, userId, variables } = asked;
        const strategyContent = { ...asked.content, brief: '', useModel: false };
        const person = userId === undefined ? undefined : await openAudience(options, request, userId);
        const name = person === undefined ? variables.name : person.name;
        const complexity = asked.complexity ?? person?.complexity ?? 'detailed';
        const languages = [
          ...(asked.language === undefined ? [] : [asked.language]),
          ...(person?.languages ?? []),
        ];
        const given = { ...variables, name };
        const text = await compose(
          {
            ...{ strategyId: 'preview', strategyVersion: 0, languages, tone: null, complexity, channel },
            ...{ signalType: asked.signalType, severity: asked.severity, featureId: asked.featureId },
            ageGroup: person?.ageGroup ?? null,
            variables: Object.fromEntries(
              Object.entries(given).filter(
                (entry): entry is [string, string | number] => entry[1] !== undefined,
              ),
            ),
          },
          strategyContent,
        );
        const { click } = options.linksFor({ ...sample, tenantId, channel });
        const about = {
          ...{ channel, click },
          personalValues: person?.personalValues ?? [],
          putBack: name === undefined ? [] : [name],
          policy: policyOf(tenantId),
        };
        reply.header('cache-control', 'no-store');
        return {
          data: {
            text,
            complexity,
            faults: text === null ? [] : await check(text, { ...about, language: text.language }),
            templateFaults: templateFaults({ content: strategyContent, variants: [] }),
            readingLevel: text && readingLevel(text.body, primaryLanguage(text.language)),
            sms: text !== null && channel === 'sms' ? smsOf(text, about) : null,
          },
        };
      },
    );
  };
}

/** As it is sent. */
function smsOf(text: ComposedText, about: Pick<CheckedFor, 'channel' | 'click'>) {
  return smsSize(smsText({ title: text.title, body: sentBodyOf(text, about) }));
}

/**
 * Recorded before anything of the person is answered.
 * @throws CodedError `not-found`, or `purpose-not-allowed` where the person refused what the reader reads for
 */
async function openAudience(
  { ports, personalValues }: PreviewRoutesOptions,
  request: FastifyRequest,
  userId: string,
): Promise<OpenedAudience> {
  const { reader } = request;
  if (reader === null) throw new Error('a preview is made without a reader');
  const person = await openPerson(
    ports,
    reader.tenantId,
    { kind: 'user', value: userId },
    ['profiles'],
    undefined,
  );
  if (person === undefined) throw new CodedError('not-found', 'Nothing with this id is known here.');
  await allowUse(personalValues, reader, person.subjects);
  const { name: sealedName, ...audience } = audienceOf(person.profile);
  const { userId: sealedId, traits } = person.profile;
  const texts = reader.seesPersonalValues ? [...sealedTextsIn({ sealedId, traits })] : [];
  const sealed = texts.filter((text) => parseSealed(text) !== undefined);
  const opened = await personalValues.openSealed(reader.tenantId, sealed);
  const about = { action: 'previewContent', correlationId: request.id, subjects: person.subjects };
  await recordReading(personalValues, reader, about, sealed);
  const name =
    typeof sealedName === 'string' && isSealed(sealedName) ? opened[sealed.indexOf(sealedName)] : sealedName;
  return {
    ...audience,
    name: typeof name === 'string' ? name : undefined,
    personalValues: opened.flatMap(textsIn),
  };
}

/** The texts and numbers in a value: an address is an object of several. */
function textsIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
