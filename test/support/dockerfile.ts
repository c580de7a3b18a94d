import { readFileSync } from 'node:fs';

export interface Instruction {
  /** In capitals: `FROM`, `COPY` … */
  readonly name: string;
  readonly text: string;
}

/** One list of instructions a stage, each beginning with its `FROM`. */
export function readDockerfile(path: string): Instruction[][] {
  const text = readFileSync(path, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ');
  const stages: Instruction[][] = [];
  for (const line of text.split('\n')) {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || rest === undefined) {
      if (line.trim() === '') continue;
      throw new Error(`not an instruction: ${line}`);
    }
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: rest });
  }
  return stages;
}

/** What the last instruction of that name says, in the form of a JSON list of words. */
export function wordsOf(stage: readonly Instruction[], name: string): string[] {
  const text = stage.findLast((instruction) => instruction.name === name)?.text ?? '';
  const list = /\[.*\]$/.exec(text)?.[0];
  if (list === undefined) throw new Error(`${name} is not in its exec form: ${text}`);
  const words: unknown = JSON.parse(list);
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
    throw new Error(`${name} is not a list of words`);
  }
  return words;
}

/** What `ENV` sets, given as `NAME=value` without quotes. */
export function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const pairs = stage
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ text }) => text.split(/\s+/))
    .map((pair) => pair.split(/=(.*)/, 2));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}
