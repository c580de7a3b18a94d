import t from 'tap';
import { readConfiguration } from '../../src/config.js';
import { testFolder } from '../support/testFolder.js';

const noFile = 'no-such.env';

t.test('defaults', async (t) => {
  t.match(readConfiguration({}, noFile), {
    host: '127.0.0.1',
    port: 8080,
    dataFolder: './data',
    logLevel: 'info',
  });
});

t.test('the environment wins over the file, and an empty value counts as none', async (t) => {
  const folder = testFolder(t, { env: 'PORT=1234\nHOST=0.0.0.0\nLOG_LEVEL=\n' });
  t.match(readConfiguration({ PORT: '0' }, `${folder}/env`), { port: 0, host: '0.0.0.0', logLevel: 'info' });
});

t.test('the hosts that may be called back are a list', async (t) => {
  const configuration = readConfiguration(
    { WAYMARK_CALLBACK_HOSTS: 'A.example:443, b.example:8443' },
    noFile,
  );
  t.strictSame(configuration.callbackHosts, ['a.example', 'b.example:8443']);
  t.strictSame(readConfiguration({}, noFile).callbackHosts, []);
});

t.test('what is wrong is refused with its name', async (t) => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: '65536' }, /PORT/],
    [{ PORT: 'eighty' }, /PORT/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
    [{ WAYMARK_DATE: './data' }, /WAYMARK_DATE is not a name/],
    [{ WAYMARK_WRITE_KEY: 'short' }, /WAYMARK_WRITE_KEY/],
    [{ WAYMARK_ROOT_KEY: 'xyz' }, /WAYMARK_ROOT_KEY/],
    [{ WAYMARK_ROOT_KEY: 'a'.repeat(64), WAYMARK_ROOT_KEY_FILE: 'x' }, /not both/],
    [{ WAYMARK_CALLBACK_HOSTS: 'a.example,https://b.example' }, /WAYMARK_CALLBACK_HOSTS: must be host names/],
    [{ WAYMARK_CALLBACK_HOSTS: 'a.example,,b.example' }, /WAYMARK_CALLBACK_HOSTS/],
    [{ WAYMARK_CALLBACK_HOSTS: '*.example' }, /WAYMARK_CALLBACK_HOSTS/],
    [{ WAYMARK_CALLBACK_HOSTS: 'a.example:99999' }, /WAYMARK_CALLBACK_HOSTS/],
    [{ REDIS_URL: 'localhost:6379' }, /REDIS_URL/],
    [{ WAYMARK_READ_RATE: '0' }, /WAYMARK_READ_RATE/],
    [{ WAYMARK_INGESTION_RATE: 'many' }, /WAYMARK_INGESTION_RATE/],
    [{ WAYMARK_PROCESSOR_DOMAIN: 'a b' }, /WAYMARK_PROCESSOR_DOMAIN/],
    [{ WAYMARK_ROOT_KEY_PREVIOUS: 'xyz' }, /WAYMARK_ROOT_KEY_PREVIOUS/],
    [{ VAULT_ADDR: 'vault:8200', VAULT_TOKEN: 't' }, /VAULT_ADDR/],
    [{ VAULT_ADDR: 'http://vault:8200' }, /needs VAULT_TOKEN or VAULT_TOKEN_FILE/],
    [{ VAULT_ADDR: 'http://vault:8200', VAULT_TOKEN: 't', VAULT_TRANSIT_KEY: 'a/b' }, /VAULT_TRANSIT_KEY/],
    [
      { VAULT_ADDR: 'http://vault:8200', VAULT_TOKEN: 't', WAYMARK_ROOT_KEY: 'a'.repeat(64) },
      /WAYMARK_ROOT_KEY_PREVIOUS/,
    ],
    [{ MONGODB_URL: 'http://localhost' }, /MONGODB_URL: must be a connection string/],
    ...[
      'heads.jsonl',
      'file:///',
      'file://host/heads',
      'http://example.org/',
      'https://u:p@example.org/',
      'ftp://x/y',
    ].map((anchor): [Record<string, string>, RegExp] => [
      { WAYMARK_AUDIT_ANCHOR: anchor },
      /WAYMARK_AUDIT_ANCHOR: must/,
    ]),
    [
      { MONGODB_URL: 'mongodb://localhost' },
      /Keys in MongoDB need a root key that is the same for every instance/,
    ],
    [
      { MONGODB_URL: 'mongodb://localhost', WAYMARK_ROOT_KEY_FILE: '/k', WAYMARK_ERASURE_LEDGER: '/l' },
      /unset WAYMARK_ERASURE_LEDGER/,
    ],
    [{ EVENTSTORE_URL: 'http://localhost:2113' }, /EVENTSTORE_URL: must be a connection string/],
    [{ EVENTSTORE_URL: 'esdb:// host' }, /EVENTSTORE_URL: must be a connection string/],
  ];
  for (const [env, message] of cases) {
    t.throws(() => readConfiguration(env, noFile), { name: 'ConfigurationError', message });
  }
});

t.test('heads of audit trails are anchored to a file, over https, or to this machine', async (t) => {
  for (const auditAnchor of [
    'file:///var/heads.jsonl',
    'https://example.org/heads',
    'http://127.0.0.1:1/x',
  ]) {
    t.match(readConfiguration({ WAYMARK_AUDIT_ANCHOR: auditAnchor }, noFile), { auditAnchor });
  }
});

t.test('the connection string of EventStoreDB', async (t) => {
  t.equal(readConfiguration({}, noFile).eventStoreUrl, undefined);
  for (const eventStoreUrl of [
    'esdb://localhost:2113?tls=false',
    'esdb+discover://user:secret@cluster.example',
    'kurrentdb://a:2113,b:2113,c:2113',
  ]) {
    t.match(readConfiguration({ EVENTSTORE_URL: eventStoreUrl }, noFile), { eventStoreUrl });
  }
});

t.test('who embeds the knowledge base', async (t) => {
  const key = { OPENAI_API_KEY: 'hunter2' };
  const named = { WAYMARK_EMBEDDINGS: 'openai:text-embedding-3-small' };
  t.equal(readConfiguration(key, noFile).embeddings, undefined);
  t.strictSame(
    readConfiguration({ ...key, ...named, OPENAI_BASE_URL: 'http://localhost:1234/v1' }, noFile).embeddings,
    { model: 'text-embedding-3-small', apiKey: 'hunter2', baseUrl: 'http://localhost:1234/v1' },
  );
  t.throws(() => readConfiguration(named, noFile), /WAYMARK_EMBEDDINGS needs OPENAI_API_KEY/);
  t.throws(
    () => readConfiguration({ ...key, WAYMARK_EMBEDDINGS: 'small' }, noFile),
    /WAYMARK_EMBEDDINGS: must name a model/,
  );
});

t.test('providers of messages', async (t) => {
  const { channels } = readConfiguration(
    {
      WAYMARK_PUBLIC_URL: 'https://waymark.example/',
      WAYMARK_EMAIL_FROM: 'Shop <help@shop.example>',
      SMTP_URL: 'smtp://localhost:1025?tls=false',
      SENDGRID_API_KEY: 'SG.x',
      SENDGRID_BASE_URL: 'https://api.eu.sendgrid.com/',
      WAYMARK_CHANNEL_ORDER: 'email=sendgrid,smtp; sms=sns',
      WAYMARK_PRIVATE_HOSTS: 'push.intern.example:443',
    },
    noFile,
  );
  t.match(channels, {
    publicUrl: 'https://waymark.example',
    order: ['sendgrid', 'smtp', 'sns', 'ses', 'twilio'],
    smtp: { requiresTls: false },
    sendgrid: { baseUrl: 'https://api.eu.sendgrid.com' },
    privateHosts: ['push.intern.example'],
    ses: undefined,
    webhook: undefined,
  });
  const from = { WAYMARK_EMAIL_FROM: 'help@shop.example' };
  const wrong: [Record<string, string>, RegExp][] = [
    [{ SMTP_URL: 'smtp://mail.example' }, /SMTP_URL needs WAYMARK_EMAIL_FROM/],
    [{ ...from, SMTP_URL: 'smtp://user:hunter2@mail.example?tls=false' }, /SMTP_URL: tls=false/],
    [{ ...from, SMTP_URL: 'http://mail.example' }, /SMTP_URL: must be smtp/],
    [{ WAYMARK_SES_FROM: 'a@b.example' }, /WAYMARK_SES_FROM needs AWS_REGION/],
    [{ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'hunter2' }, /set AWS_SECRET_ACCESS_KEY too/],
    [{ TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}` }, /set TWILIO_AUTH_TOKEN and TWILIO_FROM too/],
    [{ WAYMARK_WEBHOOK_URL: 'http://hook.example/' }, /WAYMARK_WEBHOOK_URL: must be an https address/],
    [{ WAYMARK_WEBHOOK_SECRET: 'hunter2' }, /WAYMARK_WEBHOOK_SECRET: must be whsec_/],
    [{ WAYMARK_CHANNEL_ORDER: 'email=twilio' }, /WAYMARK_CHANNEL_ORDER: must be like/],
    [{ WAYMARK_CHANNEL_ORDER: 'email=smtp,smtp' }, /WAYMARK_CHANNEL_ORDER/],
    [{ SENDGRID_WEBHOOK_PUBLIC_KEY: 'hunter2' }, /SENDGRID_WEBHOOK_PUBLIC_KEY/],
    [{ VAPID_PUBLIC_KEY: 'hunter2' }, /VAPID_PUBLIC_KEY/],
  ];
  for (const [env, message] of wrong) {
    t.throws(() => readConfiguration(env, noFile), { name: 'ConfigurationError', message });
    t.throws(() => readConfiguration(env, noFile), { message: /^(?!.*hunter2)/ }, 'no secret is shown');
  }
});

t.test('models are asked in the order in which they are named', async (t) => {
  const keys = {
    ANTHROPIC_API_KEY: 'key-a',
    OPENAI_API_KEY: 'key-o',
    OPENAI_BASE_URL: 'http://localhost:1/v1',
  };
  const modelsFor = (WAYMARK_LLM: string, env: Record<string, string> = keys) =>
    readConfiguration({ ...env, WAYMARK_LLM }, 'none').models;
  t.strictSame(modelsFor('', {}), []);
  t.strictSame(modelsFor('templates', {}), []);
  t.strictSame(modelsFor('openai:a-model:1=0.5/1.5, anthropic:b,templates'), [
    {
      provider: 'openai',
      model: 'a-model:1',
      price: { input: 0.5, output: 1.5 },
      apiKey: 'key-o',
      baseUrl: 'http://localhost:1/v1',
    },
    { provider: 'anthropic', model: 'b', price: null, apiKey: 'key-a', baseUrl: undefined },
  ]);
  t.throws(() => modelsFor('openai:a', {}), { message: /needs OPENAI_API_KEY/ });
  t.throws(() => modelsFor('mistral:a'), { message: /WAYMARK_LLM: list anthropic/ });
  t.throws(() => modelsFor('templates,openai:a'), { message: /can only come last/ });
  t.throws(() => modelsFor('openai:a,openai:a=1/2'), { message: /name each model once/ });
  for (const price of ['=1', '=1/x', '=-1/2', '=/', '=1/2/3'])
    t.throws(() => modelsFor(`openai:a${price}`), { message: /WAYMARK_LLM: list anthropic/ }, price);
});
