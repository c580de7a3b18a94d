import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { environmentOf, type Instruction, readDockerfile, wordsOf } from '../support/dockerfile.js';
import { freePort } from '../support/freePort.js';

const stages = readDockerfile('Dockerfile');
const image: readonly Instruction[] = stages.at(-1) ?? [];
const textsOf = (name: string) =>
  stages
    .flat()
    .filter((line) => line.name === name)
    .map(({ text }) => text);

t.test('every stage stands on the same pinned base', async (t) => {
  const bases = new Set(textsOf('FROM').map((text) => text.split(' ')[0]));
  t.equal(bases.size, 1);
  for (const base of bases) t.match(base, /^node:\d+\.\d+\.\d+-[\w-]+$/);
});

t.test('the image runs as nobody in particular, with the locked production dependencies', async (t) => {
  t.equal(image.findLast(({ name }) => name === 'USER')?.text, 'node');
  const installs = textsOf('RUN').filter((text) => text.includes('npm ci') || text.includes('npm install'));
  t.strictSame(installs, ['npm ci --ignore-scripts', 'npm ci --omit=dev --ignore-scripts']);
  t.match(image.find(({ text }) => text.includes('node_modules'))?.text, /^--from=dependencies /);
  t.strictSame(textsOf('ADD'), []);
});

t.test('what is copied into the build is there, and let through', async (t) => {
  const letThrough = [...readFileSync('.dockerignore', 'utf8').matchAll(/(?<=^!).*$/gm)].map(String);
  const sources = textsOf('COPY')
    .filter((text) => !text.startsWith('--from='))
    .flatMap((text) => text.split(' ').slice(0, -1));
  for (const source of sources)
    t.ok(existsSync(source) && letThrough.includes(source.replace('./', '')), source);
  t.strictSame([...letThrough].sort(), [...new Set(sources)].sort(), 'and nothing else is let through');
});

/** The folders in `node_modules` that `npm ci --omit=dev` makes here. */
function productionFolders(): string[] {
  const lock = z
    .object({ packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })) })
    .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const names = Object.entries(lock.packages).flatMap(([path, { dev }]) => {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    return name === undefined || dev === true ? [] : [name];
  });
  // Those for other platforms are not installed.
  return names.filter((name) => existsSync(join('node_modules', name)));
}

t.test(
  'the program starts from what the image holds, as another user, and drains when told to stop',
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'waymark-image-'));
    chmodSync(root, 0o755);
    t.teardown(() => rmSync(root, { recursive: true, force: true }));
    const app = join(root, 'app');
    const data = join(root, 'data');
    mkdirSync(data);
    // Many small files: `cp` is several times as fast as Node.
    const folders = productionFolders();
    for (const scope of new Set(folders.map(dirname))) {
      const into = join(app, 'node_modules', scope);
      mkdirSync(into, { recursive: true });
      const within = folders.filter((name) => dirname(name) === scope);
      execFileSync('cp', ['-R', ...within.map((name) => join('node_modules', name)), into]);
    }
    cpSync('package.json', join(app, 'package.json'));
    // The tests' own compilation of the same sources.
    cpSync('build/src', join(app, 'dist'), { recursive: true });
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? { uid: 1000, gid: 1000 } : {};
    if (isRoot) chownSync(data, 1000, 1000);

    const port = String(await freePort());
    const env = {
      PATH: process.env.PATH,
      ...environmentOf(image),
      HOST: '127.0.0.1',
      PORT: port,
      WAYMARK_DATA: data,
    };
    const start = (words: readonly string[]) => {
      t.equal(words[0], 'node');
      return spawn(process.execPath, words.slice(1), { cwd: app, env, stdio: 'pipe', ...user });
    };
    const healthCheck = async () => (await once(start(wordsOf(image, 'HEALTHCHECK')), 'exit'))[0];

    t.equal(await healthCheck(), 1, 'nothing answers yet');
    const server = start([...wordsOf(image, 'ENTRYPOINT'), ...wordsOf(image, 'CMD')]);
    const exited = once(server, 'exit');
    let output = '';
    server.stderr.on('data', (chunk) => {
      output += chunk;
    });
    await new Promise<void>((resolve, reject) => {
      server.stdout.on('data', (chunk) => {
        output += chunk;
        if (output.includes('administrator token')) resolve();
      });
      void exited.then(([code]) => reject(new Error(`exited with ${code}: ${output}`)));
    });
    t.equal(await healthCheck(), 0);
    server.kill('SIGTERM');
    t.strictSame(await exited, [0, null]);
  },
);

t.test('the environment of the image is what Waymark knows', async (t) => {
  const { NODE_ENV, ...settings } = environmentOf(image);
  t.equal(NODE_ENV, 'production');
  t.strictSame(settings, { HOST: '0.0.0.0', PORT: '8080', WAYMARK_DATA: '/data' });
  t.equal(image.find(({ name }) => name === 'VOLUME')?.text, settings.WAYMARK_DATA);
  t.equal(image.find(({ name }) => name === 'EXPOSE')?.text, settings.PORT);
});
