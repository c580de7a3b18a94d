import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { startLanguageModel } from '../support/languageModel.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

const run = promisify(execFile);
const pages = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

interface Example {
  readonly command: string;
  /** What the answer must contain, where the page shows it. */
  readonly answer: unknown;
}

/** For some pages: those that also tell what comes of it where a model is configured. */
const withModel = 'with a model';

/**
 * Every `sh run` block, with the JSON block that follows before the next one.
 * @param model whether those for a server with a model are among them
 */
function examplesOf(page: string, model: boolean): Example[] {
  const blocks = model ? /^```sh run(?: with a model)?\n/m : /^```sh run\n/m;
  const [, ...parts] = readFileSync(page, 'utf8').split(blocks);
  return parts.map((part) => {
    const [command = '', rest = ''] = part.split(/\n```\n([\s\S]*)/);
    const json = /^```json\n([\s\S]*?)^```$/m.exec(rest)?.[1];
    return { command, answer: json === undefined ? undefined : JSON.parse(json) };
  });
}

for (const page of pages) {
  const alone = examplesOf(page, false);
  const modelled = examplesOf(page, true);
  if (alone.length > 0) runExamples(page, alone, async () => ({}));
  if (modelled.length > alone.length)
    runExamples(`${page} ${withModel}`, modelled, async (t) => {
      const text = { title: 'Need a hand?', body: 'You can check the card first and then try again.' };
      const model = await startLanguageModel(t, () => {
        return { does: 'calls', tool: 'propose_intervention', input: text };
      });
      return {
        WAYMARK_LLM: 'openai:small,templates',
        OPENAI_API_KEY: 'sk-test-0123456789',
        OPENAI_BASE_URL: `${model.url}/v1`,
      };
    });
}

function runExamples(
  name: string,
  examples: readonly Example[],
  settings: (t: Test) => Promise<Record<string, string>>,
): void {
  t.test(`the examples of ${name} do what it says`, async (t) => {
    const server = await startServerProcess(testFolder(t), await settings(t));
    t.teardown(() => server.stop());
    const env = { PATH: process.env.PATH, WRITE_KEY: testWriteKey, ADMIN_TOKEN: testAdminToken };
    for (const { command, answer } of examples) {
      const local = command.replaceAll('http://127.0.0.1:8080', server.url);
      const execute = async (): Promise<unknown> =>
        JSON.parse((await run('sh', ['-c', local], { env })).stdout);
      // A read follows the writes above it within moments; a write is made once.
      const isRead = !/ (-d|-X|--data) ?/.test(command);
      let given = await execute();
      for (
        const deadline = Date.now() + 10_000;
        isRead && !contains(given, answer) && Date.now() < deadline;
      ) {
        given = await execute();
      }
      t.match(given, answer ?? { success: true }, command.split('\n')[0] ?? command);
    }
  });
}

t.test('the README has examples', async (t) => {
  t.ok(examplesOf('README.md', false).length >= 5);
});

/** Every field of `part` is in `whole` with the same value; lists agree element by element. */
function contains(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return part === undefined || whole === part;
  if (typeof whole !== 'object' || whole === null) return false;
  const fields = new Map<string, unknown>(Object.entries(whole));
  return Object.entries(part).every(([name, value]) => fields.has(name) && contains(fields.get(name), value));
}
