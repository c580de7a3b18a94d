import t from 'tap';
import { decide, failureHolds, findingsHold, isCurrent } from '../../../../src/domain/analysis/decide.js';
import type { ContextAnalysed, ContextFindings } from '../../../../src/domain/analysis/events.js';
import { withTexts } from '../../../../src/domain/analysis/events.js';
import { evolve, initialState } from '../../../../src/domain/analysis/evolve.js';

const findings: ContextFindings = {
  intent: { summary: 'Export a report.', confidence: 0.8 },
  engagement: { level: 'medium', trend: 'falling', summary: 'Comes less often.' },
  riskFactors: [{ factor: 'Failed often.', severity: 'high' }],
  personalisation: {
    ...{ interactionStyle: 'guided', contentComplexity: 'simple', tone: 'gentle' },
    advice: 'Be brief.',
  },
  nextBestActions: [{ action: 'Show the way.', reason: 'It was not found.' }],
};
const use = { provider: 'openai', model: 'm', promptVersion: 1, inputTokens: 1, outputTokens: 1, latency: 1 };
const data: ContextAnalysed['data'] = {
  ...{ subject: 's', journeyVersion: 3, at: 1000, findings, disclosed: ['profile'], fallbackReason: null },
  attempts: [{ ...use, microUsd: null, outcome: 'analysed', reason: null, turns: 1 }],
};
const failed = { ...data, findings: null, fallbackReason: 'timeout' };
const given = (...events: ContextAnalysed['data'][]) =>
  events.map((each) => ({ type: 'ContextAnalysed', data: each }) as const).reduce(evolve, initialState);
const record = (each: ContextAnalysed['data']) => ({ type: 'RecordAnalysis', data: each }) as const;

t.test('an analysis is recorded once', async (t) => {
  t.strictSame(decide(record(data), initialState), [{ type: 'ContextAnalysed', data }]);
  t.strictSame(decide(record(data), given(data)), []);
});

t.test('of two at the same time the first gives the findings, and of the other what it took', async (t) => {
  const second = { ...data, at: 1500 };
  const [event, ...others] = decide(record(second), given(data));
  t.equal(others.length, 0);
  t.match(event?.data, { findings: null, attempts: second.attempts, fallbackReason: 'superseded' });
  const after = event === undefined ? given(data) : evolve(given(data), event);
  t.strictSame(after.last, data);
  t.strictSame(decide(record(second), after), []);
});

t.test('stands until something new is known of the person, and for a time', async (t) => {
  const current = (journeyVersion: number, at: number, last = data) =>
    isCurrent(given(last), { journeyVersion, at });
  t.ok(current(3, 1000 + findingsHold - 1));
  t.notOk(current(3, 1000 + findingsHold));
  t.notOk(current(4, 1001));
  t.ok(current(3, 1000 + failureHolds - 1, failed), 'a failure is not repeated at once');
  t.notOk(current(3, 1000 + failureHolds, failed));
  t.notOk(isCurrent(initialState, { journeyVersion: 0, at: 0 }));
  t.strictSame(
    decide(record({ ...data, at: 1000 + findingsHold }), given(data)).map(({ data: { at } }) => at),
    [1000 + findingsHold],
  );
});

t.test('every text in words of its own is replaced, each by a path of its own', async (t) => {
  const paths: string[] = [];
  const sealed = withTexts(findings, (text, path) => {
    paths.push(path);
    return `sealed ${text.length}`;
  });
  t.equal(new Set(paths).size, 6);
  t.notMatch(JSON.stringify(sealed), /report|often|brief|way|found/);
  t.match(sealed, { intent: { confidence: 0.8 }, engagement: { level: 'medium', trend: 'falling' } });
});
