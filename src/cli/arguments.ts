import { parseArgs } from 'node:util';
import { type CommandName, commands, type Invocation } from './commands.js';

/** Exit codes of the program. */
export const exitCodes = { ok: 0, wrong: 1, usage: 2 } as const;

/** The command line is not valid. The message says what to do; the program prints it and exits 2. */
export class UsageError extends Error {
  constructor(message: string, command?: CommandName) {
    super(`${message}\nSee: waymark ${command === undefined ? '' : `${command} `}--help`);
    this.name = 'UsageError';
  }
}

/**
 * Reads the program's arguments, without the interpreter and the script.
 * @param environment where keys come from that are better not written on a command line
 * @throws UsageError
 */
export function parseArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === 'help') {
    return { command: 'help', text: programHelp() };
  }
  if (!isCommandName(first)) {
    throw new UsageError(
      first.startsWith('-')
        ? `${first} stands where a command is expected (${Object.keys(commands).join(', ')})`
        : `there is no command "${first}"; there are ${Object.keys(commands).join(', ')}`,
    );
  }
  return parseCommand(first, rest, environment);
}

function parseCommand(
  name: CommandName,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const definition = commands[name];
  const { values, positionals } = parseStrictly(name, argv);
  if (values.help === true) return { command: 'help', text: commandHelp(name) };
  const given: Record<string, string> = {};
  for (const [flag, value] of Object.entries(values)) if (value !== undefined) given[flag] = String(value);
  try {
    return definition.read({ options: given, positionals, environment });
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error), name);
  }
}

interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

function parseStrictly(name: CommandName, argv: readonly string[]): Parsed {
  const definitions = Object.entries(commands[name].options);
  const flags = definitions.map(([flag]) => flag);
  const options = Object.fromEntries(
    definitions.map(([flag, { value }]) => [
      flag,
      { type: value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  try {
    return parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const known = [...flags, 'help'].map((flag) => `--${flag}`).join(', ');
    // Node's first sentence names the flag; what follows it is about escaping, which is not what went wrong.
    throw new UsageError(`${messageOf(error).split('. ')[0]}; ${name} knows ${known}`, name);
  }
}

function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commands, text);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function programHelp(): string {
  const width = Math.max(...Object.values(commands).map((command) => command.usage.length));
  return [
    'Usage: waymark COMMAND [OPTIONS]',
    '',
    ...Object.values(commands).map((command) => `  ${command.usage.padEnd(width)}  ${command.summary}`),
    '',
    'waymark COMMAND --help says more about each. The server is configured by environment variables;',
    'README.md lists them. Exit codes: 0 fine, 1 something is wrong, 2 the command line is not valid.',
  ].join('\n');
}

function commandHelp(name: CommandName): string {
  const { usage, summary, details, options } = commands[name];
  const rows = Object.entries(options).map(
    ([flag, { value, description }]) =>
      [value === undefined ? `--${flag}` : `--${flag} ${value}`, description] as const,
  );
  const width = Math.max(0, ...rows.map(([flag]) => flag.length));
  return [
    `Usage: waymark ${usage}`,
    '',
    `${summary}.`,
    ...(details.length > 0 ? ['', ...details] : []),
    ...(rows.length > 0 ? ['', ...rows.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`)] : []),
  ].join('\n');
}
