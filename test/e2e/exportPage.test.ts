import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import t from 'tap';
import type { ExportLine } from '../../src/queries/personExport/exportLine.js';
import { exportPage } from '../../src/queries/personExport/exportPage.js';
import { count, emptyTally } from '../../src/queries/personExport/exportTally.js';

const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(browserPath) ? false : 'no Chromium: set CHROMIUM to its path';

const hostile = {
  '<script>hit()</script>': '<script>hit()</script>',
  image: '<img src=x onerror=hit()>',
  quote: `"' onmouseover="hit()" x='`,
  closing: '</td></table></main></body></html><script>hit()</script>',
  entity: '&lt;b&gt; & &amp;',
  reversed: 'abc\u202Egpj.exe\u202C',
  template: '{{hit()}}',
  link: 'javascript:hit()',
  emoji: '👩\u200D🚀 größer',
  nested: { deep: ['<b>bold</b>', null] },
};

function page(traits: NonNullable<ExportLine['traits']>, requestId = 'r-1') {
  const tally = emptyTally();
  const fact = (kind: ExportLine['kind'], occurredAt: string): ExportLine => ({ kind, occurredAt });
  count(tally, { kind: 'profile', userId: 'ann', traits });
  count(tally, {
    kind: 'assessment',
    userSegment: 'active_user',
    lifecycleStage: 'established',
    engagement: { score: 71 },
    riskFactors: { exitRiskScore: 12 },
  });
  for (let n = 0; n < 1234; n++) {
    const month = `2026-0${1 + (n % 4)}`;
    count(tally, fact(n % 5 === 0 ? 'pageView' : 'action', `${month}-10T00:00:00.000Z`));
    if (n % 9 === 0) count(tally, fact('sessionStarted', `${month}-10T00:00:00.000Z`));
    if (n % 50 === 0) count(tally, fact('struggleDetected', `${month}-10T00:00:00.000Z`));
    if (n % 100 === 0) count(tally, fact('decision', `${month}-10T00:00:00.000Z`));
    if (n % 200 === 0) count(tally, fact('traits', `${month}-10T00:00:00.000Z`));
  }
  const parts = ['provided', 'observed', 'inferred'] as const;
  const createdAt = Date.parse('2026-05-01T12:00:00Z');
  return exportPage({
    tenantId: 'default',
    exportId: 'e-1',
    requestId,
    kind: 'access',
    createdAt,
    parts,
    tally,
  });
}

t.test('the page shows hostile values as what they are', { skip }, async (t) => {
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  t.teardown(() => browser.close());
  const tab = await browser.newPage({ viewport: { width: 1100, height: 1400 } });
  const requested: string[] = [];
  const complaints: string[] = [];
  let hits = 0;
  await tab.exposeFunction('hit', () => {
    hits += 1;
  });
  tab.on('request', (request) => requested.push(request.url()));
  tab.on('console', (message) => complaints.push(message.text()));
  await tab.route('http://export.test/', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: page(hostile, '<script>hit()</script>') }),
  );
  await tab.goto('http://export.test/');
  for (const cell of await tab.locator('td').all()) await cell.hover();

  t.equal(hits, 0, 'nothing ran');
  t.same(requested, ['http://export.test/'], 'and nothing was fetched');
  t.same(complaints, []);
  t.equal(await tab.locator('script, img, b:not(.card b), a[href^="javascript"]').count(), 0);
  const rows = await tab.locator('#provided table').first().locator('tbody tr').all();
  const cells = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
  const told = Object.fromEntries(cells);
  t.same(told, {
    ...hostile,
    reversed: 'abc[U+202E]gpj.exe[U+202C]',
    nested: JSON.stringify(hostile.nested),
  });
  t.equal(await tab.title(), 'Your data');
  if (process.env.SCREENSHOT !== undefined)
    await tab.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
});

t.test('a person reads it in their language where it is known', async (t) => {
  for (const [language, title] of [
    ['de-AT', 'Ihre Daten'],
    ['es', 'Sus datos'],
    ['fr_FR', 'Vos données'],
    ['nl', 'Your data'],
    ['__proto__', 'Your data'],
    ['constructor', 'Your data'],
  ] as const) {
    t.match(page({ language }), `<title>${title}</title>`);
  }
});

t.test('where nothing is stored it says so', async (t) => {
  const content = { tenantId: 't', exportId: 'e', requestId: null, createdAt: 0 } as const;
  const shown = exportPage({
    ...content,
    kind: 'portability',
    parts: ['provided', 'observed'],
    tally: emptyTally(),
  });
  t.match(shown, 'Nothing is stored here.');
  t.notMatch(shown, 'What was concluded');
});
