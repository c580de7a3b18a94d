import t from 'tap';
import { parseArguments, UsageError } from '../../../src/cli/arguments.js';
import { commands } from '../../../src/cli/commands.js';

const parse = (line: string, environment = {}) =>
  parseArguments(line.split(' ').filter(Boolean), environment);

t.test('defaults are filled in', async (t) => {
  t.same(parse('serve'), { command: 'serve' });
  t.same(parse('demo'), { command: 'demo', seed: 1, speed: 60, learners: 200, days: 7 });
  t.same(parse('import -'), {
    command: 'import',
    file: '-',
    server: undefined,
    parallel: 8,
    state: undefined,
  });
  t.same(parse('copy --to esdb://a:2113'), {
    command: 'copy',
    engine: 'eventstoredb',
    direction: 'to',
    url: 'esdb://a:2113',
    parallel: 32,
  });
  t.match(parse('copy --from mongodb+srv://a/b'), { engine: 'mongodb', direction: 'from' });
  t.same(parse('verify'), { command: 'verify', audit: undefined });
  t.same(parse('verify --audit'), { command: 'verify', audit: {} });
  t.same(parse('verify --anchor a.jsonl --audit --public-key k1,k2'), {
    command: 'verify',
    audit: { anchor: 'a.jsonl', publicKey: ['k1', 'k2'] },
  });
  t.same(parse('keys create'), { command: 'keys', action: 'create', role: 'write' });
  t.same(parse('keys create --role support'), { command: 'keys', action: 'create', role: 'support' });
  t.same(parse('keys create --role service --personal-fields yes'), {
    command: 'keys',
    action: 'create',
    role: 'service',
    personalFields: true,
  });
});

t.test('a benchmark is one scenario with its own options', async (t) => {
  t.same(parse('bench'), { command: 'bench', scenario: 'ingestion', events: 200_000, runs: 3 });
  t.same(parse('bench --quick --runs 2'), {
    ...{ command: 'bench', scenario: 'ingestion', events: 20_000, runs: 2 },
  });
  t.same(parse('bench --scenario help-load --rate 50'), {
    ...{ command: 'bench', scenario: 'help-load', rate: 50, seconds: 60 },
  });
});

t.test('secrets come from the flag or the environment', async (t) => {
  const url = 'http://127.0.0.1:8080';
  t.match(parse(`import a.jsonl --url ${url}/ --key k1`, { WAYMARK_WRITE_KEY: 'k2' }), {
    server: { url, key: 'k1' },
  });
  t.match(parse(`rebuild profiles --url ${url}`, { WAYMARK_ADMIN_TOKEN: 't2' }), {
    server: { url, token: 't2' },
  });
  t.match(parse('rebuild profiles', { WAYMARK_ADMIN_TOKEN: 't2' }), { server: undefined });
});

t.test('what is wrong is said, with what to do', async (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['deploy', /no command "deploy"; there are serve, demo, import/],
    ['--verbose', /--verbose stands where a command is expected/],
    ['import a.jsonl --fast', /--fast'?; import knows --url, --key, --parallel, --state, --help/],
    ['import', /FILE is missing/],
    ['import a b', /"b" is one argument too many/],
    ['import a --parallel 0', /--parallel must be a whole number from 1 to 64/],
    ['import a --parallel 1e1', /--parallel must be a whole number/],
    ['import a --url', /--url/],
    ['import a --url ftp://x --key k', /--url must be an address/],
    ['import a --url http://x', /--url needs --key or the variable WAYMARK_WRITE_KEY/],
    ['import a --key k', /--key needs --url/],
    ['keys', /create, list, revoke or rotate/],
    ['keys create --role root', /--role must be one of write, administrator, analyst/],
    ['keys create --role analyst --personal-fields yes', /belongs to --role service/],
    ['keys create --role service --personal-fields some', /must be yes or no/],
    ['keys list --personal-fields no', /--personal-fields belongs to keys create/],
    ['verify --public-key k', /--anchor and --public-key need --audit/],
    ['verify --audit=yes', /--audit/],
    ['keys list --role write', /--role belongs to keys create/],
    ['keys revoke', /KEY_ID is missing/],
    ['keys rotate', /root, tenant or data/],
    ['keys rotate data', /USER is missing/],
    ['keys list --tenant acme', /--tenant belongs to keys rotate/],
    ['bench --runs 0', /--runs must be a whole number from 1 to 100/],
    ['bench --scenario walk', /no scenario "walk"; there are ingestion, help-load/],
    ['bench --scenario help-load --runs 2', /--runs is no option of help-load/],
    ['bench --rate 5', /--rate is no option of ingestion/],
  ];
  for (const [line, message] of wrong) {
    t.throws(() => parse(line), UsageError, line);
    t.throws(() => parse(line), { message }, line);
    t.throws(() => parse(line), { message: /See: waymark .*--help/ }, line);
  }
});

t.test('help is there for the program and each command', async (t) => {
  for (const line of ['', '--help', 'help']) t.match(parse(line), { command: 'help', text: /import FILE/ });
  for (const [name, { options }] of Object.entries(commands)) {
    const help = parse(`${name} --help`);
    t.equal(help.command, 'help');
    const text = help.command === 'help' ? help.text : '';
    for (const flag of Object.keys(options)) t.match(text, `--${flag} `, `${name} --${flag}`);
  }
});
