import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import {
  type ExportManifest,
  exportManifest,
  manifestPath,
  signaturePath,
} from '../../queries/personExport/exportManifest.js';
import type { Check, Findings } from './verifyCommand.js';
import { readDirectory, readZipped, type ZippedFile } from './zipReader.js';

const maxProblems = 20;
/** Of the manifest, its signature and a schema. */
const maxSmallFile = 1024 * 1024;
/** Of one line: events are far smaller. */
const maxLine = 16 * 1024 * 1024;

type Files = ReadonlyMap<string, ZippedFile>;

/**
 * An export is as it left the installation: signed with the key given, every file as listed and no other, every line as
 * its schema says. Needs nothing but the two files. The key has to come another way than the archive, or the signature
 * proves nothing.
 */
export function exportCheck(path: string, publicKeyPath: string): Check {
  return {
    name: 'export',
    run: async () => {
      const publicKey = createPublicKey(await readFile(publicKeyPath));
      const file = await open(path, 'r');
      try {
        return await checkArchive(file, publicKey);
      } finally {
        await file.close();
      }
    },
  };
}

async function checkArchive(file: FileHandle, publicKey: KeyObject): Promise<Findings> {
  const listed = await readDirectory(file);
  const files = new Map(listed.map((each) => [each.path, each]));
  const problems: string[] = [];
  if (files.size < listed.length) problems.push('two files in it have the same name');
  const manifestText = await readSmall(file, files, manifestPath);
  const signature = Buffer.from((await readSmall(file, files, signaturePath)).toString(), 'base64');
  if (!verify(null, manifestText, publicKey, signature)) {
    return { summary: 'not signed with this key', problems: ['manifest.json: the signature does not fit'] };
  }
  const manifest = exportManifest.parse(JSON.parse(manifestText.toString()));
  const expected = new Set([...manifest.files.map((each) => each.path), manifestPath, signaturePath]);
  for (const path of files.keys()) {
    if (!expected.has(path)) problems.push(`${shown(path)}: the manifest does not list it`);
  }
  // Schemas only count once they are known to be the ones that were signed.
  for (const each of manifest.files) problems.push(...(await checkHash(file, files, each)));
  if (problems.length === 0) problems.push(...(await checkLines(file, files, manifest)));
  const { kind, createdAt, key, counts } = manifest;
  const lines = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    summary: `${kind}, made ${createdAt}, ${manifest.files.length} files with ${lines} lines, signed by key ${key.id}`,
    problems: problems.slice(0, maxProblems),
  };
}

async function checkHash(
  file: FileHandle,
  files: Files,
  { path, bytes, sha256 }: ExportManifest['files'][number],
): Promise<string[]> {
  const entry = files.get(path);
  if (entry === undefined) return [`${shown(path)}: is missing`];
  try {
    const hash = createHash('sha256');
    let length = 0;
    for await (const piece of readZipped(file, entry)) {
      hash.update(piece);
      length += piece.length;
    }
    return length === bytes && hash.digest('hex') === sha256
      ? []
      : [`${shown(path)}: is not what was signed`];
  } catch {
    return [`${shown(path)}: cannot be unpacked`];
  }
}

async function checkLines(file: FileHandle, files: Files, { counts }: ExportManifest): Promise<string[]> {
  const problems: string[] = [];
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const schemas = new Map<string, ValidateFunction>();
  const schemaOf = async (kind: string) => {
    const known = schemas.get(kind);
    if (known !== undefined) return known;
    const schema: unknown = JSON.parse((await readSmall(file, files, `schemas/${kind}.json`)).toString());
    const compiled = ajv.compile(schema as object);
    schemas.set(kind, compiled);
    return compiled;
  };
  for (const [part, count] of Object.entries(counts)) {
    const entry = files.get(`${part}.jsonl`);
    if (entry === undefined) return [`${shown(part)}.jsonl: is missing`];
    let number = 0;
    for await (const text of linesOf(readZipped(file, entry))) {
      number += 1;
      const line = JSON.parse(text) as { readonly kind?: unknown };
      const check = await schemaOf(String(line.kind));
      if (!check(line)) problems.push(`${part}.jsonl, line ${number}: is not as its schema says`);
      if (problems.length >= maxProblems) return problems;
    }
    if (number !== count) problems.push(`${part}.jsonl: has ${number} lines, the manifest says ${count}`);
  }
  return problems;
}

async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    let bytes = Buffer.concat([rest, piece]);
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
      yield bytes.toString('utf8', 0, end);
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > maxLine) throw new Error('a line is too long');
    rest = Buffer.from(bytes);
  }
  if (rest.length > 0) yield rest.toString();
}

async function readSmall(file: FileHandle, files: Files, path: string): Promise<Buffer> {
  const entry = files.get(path);
  if (entry === undefined) throw new Error(`${shown(path)}: is missing, so this is no export`);
  if (entry.size > maxSmallFile) throw new Error(`${shown(path)}: is too large`);
  const pieces: Buffer[] = [];
  for await (const piece of readZipped(file, entry)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Names in an archive can be anybody's: only plain ones are printed as they are. */
function shown(path: string): string {
  return /^[\w./-]{1,80}$/.test(path) ? path : 'a file with an unusual name';
}
