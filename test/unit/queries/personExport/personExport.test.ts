import { createHash, randomUUID, verify } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { recordAnalysis } from '../../../../src/commands/help/analysisStream.js';
import type { ContextAnalysed } from '../../../../src/domain/analysis/events.js';
import { encode } from '../../../../src/eventStore/codec.js';
import {
  createPersonExport,
  type PersonExportRequest,
} from '../../../../src/queries/personExport/personExport.js';
import { bytesOf, parsedLines, testSealing, testSigningKey, unpacked } from '../../../support/exports.js';
import { decided } from '../../../support/helpEvents.js';
import { openReadSide } from '../../../support/readSide.js';
import { testFolder } from '../../../support/testFolder.js';

const minute = 60_000;

function analysisOf(subject: string, summary: string): ContextAnalysed['data'] {
  const use = { promptVersion: 1, inputTokens: 1, outputTokens: 1, microUsd: null, latency: 1, turns: 1 };
  return {
    ...{ subject, journeyVersion: 1, at: minute, disclosed: ['profile'], fallbackReason: null },
    findings: {
      intent: { summary, confidence: 0.5 },
      engagement: { level: 'medium', trend: 'steady', summary },
      riskFactors: [],
      personalisation: {
        interactionStyle: 'guided',
        contentComplexity: 'simple',
        tone: 'gentle',
        advice: summary,
      },
      nextBestActions: [],
    },
    attempts: [{ ...use, provider: 'openai', model: 'm', outcome: 'analysed', reason: null }],
  };
}

/** One person with a linked anonymous journey, struggles and a decision; another person; the same id at another tenant. */
async function openSide(folder: string) {
  const side = await openReadSide(folder);
  const sealing = testSealing();
  const signingKey = testSigningKey();
  const ann = side.subjectOf('default', 'user', 'ann');
  const seal = (value: string) => sealing.seal(ann, value);
  const send = async (...messages: Parameters<typeof side.send>[0]) => {
    await side.send(messages);
    side.clock.now += minute;
  };
  await send({ anonymousId: 'visitor-1', kind: 'page', name: 'Landing', properties: { planted: 'before' } });
  await send({
    userId: 'ann',
    kind: 'identify',
    anonymousId: 'visitor-1',
    traits: { email: seal('ann@example.org'), plan: 'pro' },
  });
  await send({ userId: 'ann', kind: 'alias', previousId: 'old-ann' });
  await send({
    userId: 'ann',
    anonymousId: 'visitor-1',
    kind: 'page',
    name: 'Home',
    properties: { planted: seal('after') },
  });
  await send({ userId: 'ann', kind: 'group', groupId: 'g-1', traits: { seats: 5 } });
  await send({ userId: 'bob', kind: 'page', name: 'Secret of Bob', anonymousId: 'visitor-2' });
  for (let attempt = 0; attempt < 4; attempt++) {
    await send({ userId: 'ann', name: 'Task Failed', properties: { feature: 'quiz' } });
  }
  await send({ userId: 'ann', name: 'Task Completed', properties: { feature: 'quiz' } });
  await send({ userId: 'ann', name: 'Video Playback Started', properties: { asset_id: 'intro' } });
  await side.send([{ userId: 'ann', kind: 'page', name: 'Of another tenant' }], { tenantId: 'other' });
  const about = { interventionId: 'i-1', subject: ann, strategy: 'hint', struggleId: 's-1' } as const;
  const cause = { featureId: 'quiz', signalType: 'repeated_attempts', severity: 'high' } as const;
  await side.intervene({
    type: 'InterventionDeclined',
    data: { ...about, ...decided, ...cause, reason: 'cooldown' },
  });
  await recordAnalysis(
    { eventStore: side.eventStore, now: () => side.clock.now, newId: randomUUID },
    'default',
    { type: 'RecordAnalysis', data: analysisOf(ann, seal('Wants to pass the quiz.')) },
  );
  await side.caughtUp();
  const create = createPersonExport({
    eventStore: side.eventStore,
    documents: side.ports.documents,
    openSealed: sealing.openSealed,
    signingKey,
    now: () => side.clock.now,
  });
  const make = async (request: Partial<PersonExportRequest> = {}) =>
    bytesOf(
      create(
        {
          tenantId: 'default',
          exportId: 'e-1',
          requestId: 'r-1',
          kind: 'access',
          subjects: [ann],
          ...request,
        },
        () => undefined,
      ),
    );
  return { side, sealing, signingKey, ann, make };
}

t.test(
  'an export holds what is recorded of the person and nobody else, each kind in its place',
  async (t) => {
    const { side, sealing, signingKey, make } = await openSide(testFolder(t, { data: {}, out: {} }));
    t.teardown(() => side.close());
    const files = unpacked(`${t.testdirName}/out`, await make());
    const provided = parsedLines(files.get('provided.jsonl'));
    const observed = parsedLines(files.get('observed.jsonl'));
    const inferred = parsedLines(files.get('inferred.jsonl'));

    t.same(kindsOf(provided), ['alias', 'group', 'identity', 'profile', 'traits']);
    t.match(provided[0], {
      kind: 'profile',
      userId: 'ann',
      traits: { email: 'ann@example.org', plan: 'pro' },
    });
    t.same(
      provided
        .filter(({ kind }) => kind === 'identity')
        .map(({ data }) => data)
        .sort(byJson),
      [
        { kind: 'anonymous', identity: 'visitor-1' },
        { kind: 'anonymous', identity: 'old-ann' },
        { kind: 'user', identity: 'ann' },
      ].sort(byJson),
    );
    const pages = observed.filter(({ kind }) => kind === 'pageView');
    t.match(pages, [
      { data: { name: 'Landing', properties: { planted: 'before' } } },
      { data: { name: 'Home', properties: { planted: 'after' } } },
    ]);
    t.equal(pages.length, 2);
    t.equal(observed.filter(({ kind }) => kind === 'action').length, 6);
    const times = observed.map(({ recordedAt }) => String(recordedAt));
    t.same(times, [...times].sort(), 'in the order of recording, over both journeys');
    t.ok(
      observed.every(({ data }) => !hasConclusion(data)),
      'what was seen holds no conclusions',
    );
    t.match(inferred[0], { kind: 'assessment', userSegment: 'new_user', riskFactors: { model: {} } });
    t.ok(
      ['assessment', 'interpretation', 'link', 'struggleDetected', 'decision'].every((kind) =>
        kindsOf(inferred).includes(kind),
      ),
    );
    t.match(
      inferred.filter(({ kind }) => kind === 'decision'),
      [{ data: { outcome: 'declined', reason: 'cooldown' } }],
    );

    t.match(
      inferred.filter(({ kind }) => kind === 'analysis'),
      [
        {
          data: {
            findings: { intent: { summary: 'Wants to pass the quiz.' } },
            ...{ models: ['openai:m'], disclosed: ['profile'] },
          },
        },
      ],
    );

    const everything = [...files.values()].join('\n');
    for (const foreign of ['Secret of Bob', 'visitor-2', 'Of another tenant', 'sealed:v1:']) {
      t.notMatch(everything, foreign, `no ${foreign}`);
    }
    t.equal(sealing.calls.length, 3, 'all sealed values of a part are opened together');

    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const line of [...provided, ...observed, ...inferred]) {
      const kind = String(line.kind);
      const schema = JSON.parse(files.get(`schemas/${kind}.json`) ?? '') as { $id: string };
      const check = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
      t.ok(check(line), `${kind}: ${ajv.errorsText(check.errors)}`);
    }

    const manifestText = files.get('manifest.json') ?? '';
    const manifest = JSON.parse(manifestText) as {
      files: { path: string; bytes: number; sha256: string }[];
    };
    t.match(manifest, {
      tenantId: 'default',
      requestId: 'r-1',
      kind: 'access',
      createdAt: new Date(side.clock.now).toISOString(),
      counts: { provided: provided.length, observed: observed.length, inferred: inferred.length },
      key: { id: signingKey.keyId },
    });
    t.same(
      manifest.files.map(({ path }) => path).sort(),
      [...files.keys()].filter((path) => !path.startsWith('manifest.')).sort(),
    );
    for (const { path, bytes, sha256 } of manifest.files) {
      const content = Buffer.from(files.get(path) ?? '');
      t.same([bytes, sha256], [content.length, createHash('sha256').update(content).digest('hex')], path);
    }
    const signature = Buffer.from(files.get('manifest.sig') ?? '', 'base64');
    t.ok(verify(null, Buffer.from(manifestText), signingKey.publicKeyPem, signature));
  },
);

t.test('it is the same person from whichever journey, and portability leaves conclusions out', async (t) => {
  const { side, make } = await openSide(testFolder(t, { data: {}, out: {} }));
  t.teardown(() => side.close());
  const visitor = side.subjectOf('default', 'anonymous', 'visitor-1');
  const files = unpacked(`${t.testdirName}/out`, await make({ subjects: [visitor], kind: 'portability' }));
  t.match(files.get('observed.jsonl'), /Landing(?:.|\n)*Home/);
  t.notOk(files.has('inferred.jsonl'));
  t.notMatch([...files.values()].join('\n'), /struggle|interpretation|exitRisk|new_user|linkedSubject/);
});

t.test('where the key is destroyed its values are null, and the rest is there', async (t) => {
  const { side, sealing, ann, make } = await openSide(testFolder(t, { data: {}, out: {} }));
  t.teardown(() => side.close());
  sealing.destroy(ann);
  const files = unpacked(`${t.testdirName}/out`, await make());
  const [profile] = parsedLines(files.get('provided.jsonl'));
  t.match(profile, { traits: { email: null, plan: 'pro' } });
  t.match(
    parsedLines(files.get('observed.jsonl')).find(({ data }) => JSON.stringify(data).includes('Home')),
    {
      data: { properties: { planted: null } },
    },
  );
  t.match(files.get('index.html'), /no longer readable/);
});

t.test("what the person's consent stream tells is what they told", async (t) => {
  const { side, signingKey, sealing, ann } = await openSide(testFolder(t, { out: {} }));
  t.teardown(() => side.close());
  const consentStreamName = (tenantId: string, subject: string) => `consent-${tenantId}_${subject}`;
  // Any event does: which types consents have is not the export's concern.
  const event = { type: 'DuplicatesDropped', data: { count: 7 } } as const;
  const at = side.clock.now;
  const about = { messageId: 'm', correlationId: 'c', causationId: 'm', tenantId: 'default' };
  const metadata = { ...about, schemaVersion: 1, occurredAt: at, recordedAt: at };
  for (const subject of [ann, side.subjectOf('default', 'user', 'bob')]) {
    const stored = encode({ id: randomUUID(), event, metadata });
    await side.eventStore.appendToStream(consentStreamName('default', subject), [stored], 'noStream');
  }
  const create = createPersonExport({
    eventStore: side.eventStore,
    documents: side.ports.documents,
    openSealed: sealing.openSealed,
    signingKey,
    consentStreamName,
    now: () => side.clock.now,
  });
  const request = { tenantId: 'default', exportId: 'e', requestId: null, subjects: [ann] } as const;
  const archive = await bytesOf(create({ ...request, kind: 'portability' }, () => undefined));
  const provided = parsedLines(unpacked(`${t.testdirName}/out`, archive).get('provided.jsonl'));
  t.match(
    provided.filter(({ kind }) => kind === 'consent'),
    [{ data: { type: 'DuplicatesDropped', count: 7 } }],
  );
  t.equal(provided.filter(({ kind }) => kind === 'consent').length, 1);
});

t.test('keys that cannot be reached make no export, rather than one with holes', async (t) => {
  const { side, signingKey, ann } = await openSide(testFolder(t));
  t.teardown(() => side.close());
  const create = createPersonExport({
    eventStore: side.eventStore,
    documents: side.ports.documents,
    openSealed: () => Promise.reject(new Error('the key store cannot be reached')),
    signingKey,
    now: () => side.clock.now,
  });
  const request = {
    tenantId: 'default',
    exportId: 'e',
    requestId: null,
    kind: 'access',
    subjects: [ann],
  } as const;
  await t.rejects(bytesOf(create(request, () => undefined)), { message: 'the key store cannot be reached' });
});

function kindsOf(lines: readonly Record<string, unknown>[]): string[] {
  return [...new Set(lines.map(({ kind }) => String(kind)))].sort();
}

function byJson(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function hasConclusion(data: unknown): boolean {
  return (
    typeof data === 'object' &&
    data !== null &&
    ['interaction', 'video', 'linkedTo', 'traits'].some((field) => field in data)
  );
}
