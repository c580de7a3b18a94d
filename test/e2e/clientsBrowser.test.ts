import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import t from 'tap';
import { arrivals, startEventSink } from '../support/eventSink.js';

const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(browserPath) ? false : 'no Chromium: set CHROMIUM to its path';

t.test('@segment/analytics-next on a page of another origin', { skip }, async (t) => {
  const sink = await startEventSink();
  t.teardown(sink.close);
  const shop = await servePage(await bundle(sink.url, sink.writeKey));
  t.teardown(() => shop.close());
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });

  const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/lesson?tab=2`;
  await page.goto(url);
  const messages = await arrivals(sink, 6);
  t.same(complaints, []);
  t.same(messages.map(({ kind }) => kind).sort(), ['alias', 'group', 'identify', 'page', 'track', 'track']);
  const find = (kind: string) => messages.filter((message) => message.kind === kind);
  t.match(find('page'), [{ category: 'Lessons', name: 'Fractions', properties: { url, search: '?tab=2' } }]);
  t.match(find('identify'), [{ userId: 'u-1', traits: { plan: 'basic' } }]);
  t.match(find('group'), [{ userId: 'u-1', groupId: 'g-1', traits: { seats: 5 } }]);
  t.match(find('alias'), [{ userId: 'u-1', previousId: 'visitor-7' }]);
  t.same(
    find('track')
      .map(({ name, properties }) => ({ name, properties }))
      .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)),
    [
      { name: 'Hint Opened', properties: { featureId: 'hint' } },
      { name: 'Task Completed', properties: { score: 0.5, text: 'größer 📏' } },
    ],
  );
  t.equal(new Set(messages.map(({ anonymousId }) => anonymousId)).size, 1, 'one visitor');
  for (const { context } of messages) t.match(context, { page: { url }, userAgent: /Chrome/ });
});

/** The page's own code, as its authors would write it. */
async function bundle(url: string, writeKey: string): Promise<string> {
  const { host } = new URL(url);
  const result = await build({
    stdin: {
      resolveDir: process.cwd(),
      contents: `
        import { AnalyticsBrowser } from '@segment/analytics-next';
        const analytics = AnalyticsBrowser.load(
          { writeKey: ${JSON.stringify(writeKey)}, cdnURL: ${JSON.stringify(url)} },
          { integrations: { 'Segment.io': { apiHost: '${host}/v1', protocol: 'http' } } },
        );
        await analytics.page('Lessons', 'Fractions');
        await analytics.track('Hint Opened', { featureId: 'hint' });
        await analytics.alias('u-1', 'visitor-7');
        await analytics.identify('u-1', { plan: 'basic' });
        await analytics.group('g-1', { seats: 5 });
        await analytics.track('Task Completed', { score: 0.5, text: 'größer 📏' });
      `,
    },
    bundle: true,
    format: 'esm',
    write: false,
  });
  return result.outputFiles[0]?.text ?? '';
}

async function servePage(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/script.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    } else if (request.url?.startsWith('/lesson')) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html><title>Lesson</title><script type="module" src="/script.js"></script>');
    } else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
