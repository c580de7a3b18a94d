import { accessRoles } from '../commands/accessKeys.js';
import { type KeysInvocation, type RotateInvocation, readKeys } from './keysOptions.js';
import { expectPositionals, type GivenOptions, integer, remote } from './options.js';

/** What the command line asked for, checked and with defaults filled in. */
export type Invocation =
  | { readonly command: 'help'; readonly text: string }
  | { readonly command: 'serve' }
  | DemoInvocation
  | ImportInvocation
  | KeysInvocation
  | RotateInvocation
  | VerifyInvocation
  | RebuildInvocation
  | { readonly command: 'scavenge' }
  | CopyInvocation
  | BenchInvocation;

export interface DemoInvocation {
  readonly command: 'demo';
  readonly seed: number;
  /** Simulated seconds in a real one. */
  readonly speed: number;
  readonly learners: number;
  /** Days of history before the live traffic. */
  readonly days: number;
}

export interface ImportInvocation {
  readonly command: 'import';
  /** A path, or `-` for standard input. */
  readonly file: string;
  /** Undefined: into the local store. */
  readonly server: { readonly url: string; readonly key: string } | undefined;
  readonly parallel: number;
  /** Undefined: in the data folder, named by source and target. */
  readonly state: string | undefined;
}

export interface VerifyInvocation {
  readonly command: 'verify';
  /** Given: the audit trail alone, against what was kept elsewhere. */
  readonly audit:
    | {
        /** Path of the file that heads were anchored to. */
        readonly anchor?: string;
        /** As `GET /v1/audit/keys` shows them: only heads signed with one of these are believed. */
        readonly publicKey?: readonly string[];
      }
    | undefined;
  /** Only this file is checked, away from any data folder. */
  readonly signed?: {
    readonly kind: 'export' | 'receipt';
    readonly file: string;
    readonly publicKey: string;
  };
}

export interface RebuildInvocation {
  readonly command: 'rebuild';
  readonly projection: string;
  /** Undefined: on the local folder. */
  readonly server: { readonly url: string; readonly token: string } | undefined;
}

export interface CopyInvocation {
  readonly command: 'copy';
  /** EventStoreDB takes the events, MongoDB keys and what goes with them. */
  readonly engine: 'eventstoredb' | 'mongodb';
  /** Seen from the data folder. */
  readonly direction: 'to' | 'from';
  readonly url: string;
  /** Appends on their way at once. */
  readonly parallel: number;
}

export type BenchInvocation = { readonly command: 'bench' } & (
  | { readonly scenario: 'ingestion'; readonly events: number; readonly runs: number }
  /** Struggles a second, and for how many seconds. */
  | { readonly scenario: 'help-load'; readonly rate: number; readonly seconds: number }
);

export type CommandName = Exclude<Invocation['command'], 'help'>;

interface Given {
  readonly options: GivenOptions;
  readonly positionals: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface CommandDefinition {
  readonly usage: string;
  readonly summary: string;
  readonly details: readonly string[];
  /** Without `value` it is a switch, read as the text `true`. */
  readonly options: Readonly<Record<string, { readonly value?: string; readonly description: string }>>;
  /** Throws an Error whose message says what to do. */
  readonly read: (given: Given) => Invocation;
}

export const commands: Readonly<Record<CommandName, CommandDefinition>> = {
  serve: {
    usage: 'serve',
    summary: 'Runs the server',
    details: ['Configured by environment variables or a .env file; SIGTERM stops it after draining.'],
    options: {},
    read: ({ positionals }) => {
      expectPositionals(positionals, []);
      return { command: 'serve' };
    },
  },
  demo: {
    usage: 'demo',
    summary: 'Runs a server with the simulated traffic of a learning application',
    details: [
      'Plays some days of history first, then live traffic until stopped. Keeps its data in a temporary',
      'folder unless WAYMARK_DATA names one. The same seed gives the same people doing the same things.',
    ],
    options: {
      seed: { value: 'N', description: 'chooses the people and what they do (default 1)' },
      speed: { value: 'N', description: 'simulated seconds in a real one, 1 to 3600 (default 60)' },
      learners: { value: 'N', description: 'how many people, 1 to 100000 (default 200)' },
      days: { value: 'N', description: 'days of history, 0 to 90 (default 7)' },
    },
    read: ({ options, positionals }) => {
      expectPositionals(positionals, []);
      return {
        command: 'demo',
        seed: integer(options, 'seed', { default: 1, from: 0, to: 0xffff_ffff }),
        speed: integer(options, 'speed', { default: 60, from: 1, to: 3600 }),
        learners: integer(options, 'learners', { default: 200, from: 1, to: 100_000 }),
        days: integer(options, 'days', { default: 7, from: 0, to: 90 }),
      };
    },
  },
  import: {
    usage: 'import FILE|-',
    summary: 'Stores events from JSON Lines of Segment messages (plain or .gz, or standard input)',
    details: [
      'Into the local data folder, whose server must not be running, or with --url into a running server.',
      'Order within a person is kept. A run that was stopped goes on where it was when started again;',
      'sending a message twice stores it once. Prints what became of every line; exits 1 if any was rejected.',
    ],
    options: {
      url: { value: 'URL', description: 'address of a running server, for example http://127.0.0.1:8080' },
      key: { value: 'KEY', description: 'its write key (default: the variable WAYMARK_WRITE_KEY)' },
      parallel: { value: 'N', description: 'batches sent at the same time, 1 to 64 (default 8)' },
      state: { value: 'FILE', description: 'where progress is kept (default: in the data folder)' },
    },
    read: ({ options, positionals, environment }) => {
      const [file] = expectPositionals(positionals, ['FILE']);
      const server = remote(options, 'key', environment.WAYMARK_WRITE_KEY, 'WAYMARK_WRITE_KEY');
      return {
        command: 'import',
        file,
        server: server && { url: server.url, key: server.secret },
        parallel: integer(options, 'parallel', { default: 8, from: 1, to: 64 }),
        state: options.state,
      };
    },
  },
  keys: {
    usage: 'keys create|list|revoke|rotate',
    summary: 'Makes, lists and revokes access keys; rotates the keys of personal values',
    details: [
      'keys create            makes a key and prints its secret, once',
      'keys list              shows the keys, without their secrets',
      'keys revoke KEY_ID     refuses a key from now on',
      'keys rotate root       wraps the tenant keys by the present root key',
      'keys rotate tenant     makes a new tenant key and wraps all data keys by it',
      'keys rotate data USER  makes a new data key for one person',
      'To rotate, the server of the data folder must not be running.',
    ],
    options: {
      role: { value: 'ROLE', description: `of a new key: ${accessRoles.join(', ')} (default write)` },
      'personal-fields': {
        value: 'yes|no',
        description: 'whether a service key sees personal values (default no)',
      },
      tenant: { value: 'TENANT', description: 'whose key to rotate, or whose user (default: default)' },
    },
    read: ({ options, positionals }) => readKeys(options, positionals),
  },
  verify: {
    usage: 'verify',
    summary:
      'Checks the stores of the data folder, the checkpoints and the audit trail; exits 1 if anything is wrong',
    details: [
      'Its server must not be running. Changes no event and no read model. docs/privacy/audit.md says what each',
      'finding about the audit trail means. With --export it checks the signature, the files and every line of an',
      "export of a person's data instead, with --receipt the receipt of an erasure; neither needs a data folder.",
    ],
    options: {
      audit: { description: 'the audit trail alone' },
      anchor: { value: 'FILE', description: 'with --audit: the file that its signed heads were anchored to' },
      export: { value: 'FILE', description: "an export of a person's data, as it was downloaded" },
      receipt: { value: 'FILE', description: 'the receipt of an erasure' },
      'public-key': {
        value: 'KEY',
        description:
          'from a source you trust; with --audit the keys, with commas between, else the file (PEM)',
      },
    },
    read: ({ options, positionals }) => {
      expectPositionals(positionals, []);
      return readSigned(options) ?? { command: 'verify', audit: readAudit(options) };
    },
  },
  rebuild: {
    usage: 'rebuild PROJECTION',
    summary: 'Builds a read model anew from the events',
    details: [
      'On the local data folder, whose server must not be running, or with --url in a running server, which',
      'goes on answering from the old version until the new one has caught up.',
    ],
    options: {
      url: { value: 'URL', description: 'address of a running server, for example http://127.0.0.1:8080' },
      token: {
        value: 'TOKEN',
        description: 'its administrator token (default: the variable WAYMARK_ADMIN_TOKEN)',
      },
    },
    read: ({ options, positionals, environment }) => {
      const [projection] = expectPositionals(positionals, ['PROJECTION']);
      const server = remote(options, 'token', environment.WAYMARK_ADMIN_TOKEN, 'WAYMARK_ADMIN_TOKEN');
      return {
        command: 'rebuild',
        projection,
        server: server && { url: server.url, token: server.secret },
      };
    },
  },
  scavenge: {
    usage: 'scavenge',
    summary: 'Removes from the files of EventStoreDB what was erased, deleted or has outlived its time',
    details: [
      'Starts it on the server that EVENTSTORE_URL names, with credentials of its group $ops or $admins, and does',
      'not wait. Waymark may be running. Each node of a cluster is scavenged on its own: name one at a time.',
    ],
    options: {},
    read: ({ positionals }) => {
      expectPositionals(positionals, []);
      return { command: 'scavenge' };
    },
  },
  copy: {
    usage: 'copy --to URL|--from URL',
    summary: 'Copies the data folder to EventStoreDB and MongoDB, or back, and compares all of it',
    details: [
      'esdb:// takes the events, mongodb:// keys of people, access keys and the ledger of erasures; events first.',
      'No server may run on either side meanwhile. A copy that was stopped, however that was, goes on where it came',
      'to when started again; nothing is written twice. Exits 1 where the two differ in the end. Positions differ:',
      'read models are built anew. docs/engines.md says step by step how to move.',
    ],
    options: {
      to: { value: 'URL', description: 'where to copy to, for example esdb://127.0.0.1:2113?tls=false' },
      from: { value: 'URL', description: 'where to copy from, into the data folder' },
      parallel: { value: 'N', description: 'appends on their way at the same time, 1 to 64 (default 32)' },
    },
    read: ({ options, positionals }) => {
      expectPositionals(positionals, []);
      const { to, from } = options;
      const url = to ?? from;
      if (url === undefined || (to !== undefined && from !== undefined)) {
        throw new Error('copy needs --to or --from');
      }
      const engine = /^mongodb(?:\+srv)?:/.test(url) ? 'mongodb' : 'eventstoredb';
      return {
        command: 'copy',
        engine,
        direction: to === undefined ? 'from' : 'to',
        url,
        parallel: integer(options, 'parallel', { default: 32, from: 1, to: 64 }),
      };
    },
  },
  bench: {
    usage: 'bench',
    summary: 'Measures this machine: ingestion, queries, rebuild, restart, memory, help under load',
    details: [
      'Part of the repository, not of the package: run it in a clone. docs/performance.md explains it.',
      'Without --scenario it is ingestion; help-load sends struggles while the language model is slow.',
    ],
    options: {
      scenario: { value: 'NAME', description: 'ingestion or help-load (default ingestion)' },
      quick: { description: 'a rough figure soon: smaller defaults' },
      events: { value: 'N', description: 'ingestion: events of a run (default 200000, quick 20000)' },
      runs: { value: 'N', description: 'ingestion: runs, of which medians are taken (default 3, quick 1)' },
      rate: { value: 'N', description: 'help-load: struggles a second (default 1000)' },
      seconds: { value: 'N', description: 'help-load: for how long (default 60, quick 10)' },
    },
    read: ({ options, positionals }) => {
      expectPositionals(positionals, []);
      return readBench(options);
    },
  },
};

/** Options of the other scenario are refused: they would have no effect. */
function readBench(options: GivenOptions): BenchInvocation {
  const { scenario = 'ingestion' } = options;
  const isQuick = options.quick !== undefined;
  const others = { ingestion: ['rate', 'seconds'], 'help-load': ['events', 'runs'] };
  if (scenario !== 'ingestion' && scenario !== 'help-load')
    throw new Error(`there is no scenario "${scenario}"; there are ${Object.keys(others).join(', ')}`);
  const other = others[scenario].find((name) => options[name] !== undefined);
  if (other !== undefined) throw new Error(`--${other} is no option of ${scenario}`);
  if (scenario === 'help-load')
    return {
      command: 'bench',
      scenario,
      rate: integer(options, 'rate', { default: 1000, from: 1, to: 100_000 }),
      seconds: integer(options, 'seconds', { default: isQuick ? 10 : 60, from: 1, to: 3600 }),
    };
  return {
    command: 'bench',
    scenario,
    events: integer(options, 'events', { default: isQuick ? 20_000 : 200_000, from: 1, to: 10_000_000 }),
    runs: integer(options, 'runs', { default: isQuick ? 1 : 3, from: 1, to: 100 }),
  };
}

function readSigned(options: GivenOptions): VerifyInvocation | undefined {
  const { 'public-key': publicKey, ...others } = options;
  const given = Object.keys(others).filter((name) => others[name] !== undefined);
  const kind = (['export', 'receipt'] as const).find((name) => given.includes(name));
  if (kind === undefined) return undefined;
  if (publicKey === undefined) throw new Error(`--${kind} needs --public-key`);
  if (given.length > 1) throw new Error(`--${kind} goes with --public-key alone`);
  return { command: 'verify', audit: undefined, signed: { kind, file: others[kind] ?? '', publicKey } };
}

function readAudit(options: GivenOptions): VerifyInvocation['audit'] {
  const { audit, anchor, 'public-key': publicKey } = options;
  if (audit === undefined) {
    if (anchor !== undefined || publicKey !== undefined)
      throw new Error('--anchor and --public-key need --audit');
    return undefined;
  }
  return {
    ...(anchor !== undefined && { anchor }),
    ...(publicKey !== undefined && { publicKey: publicKey.split(',') }),
  };
}
