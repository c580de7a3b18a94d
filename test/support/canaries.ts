import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Values that stand in the events of one person and nowhere else.
 * @param mark 12 hex digits that no other person has
 */
export function canariesOf(name: string, mark: string) {
  return {
    userId: `user-${name}-${mark}`,
    anonymousId: `visitor-${name}-${mark}`,
    email: `${name}.${mark}@canary.example`,
    fullName: `Canary ${name} ${mark}`,
    street: `${mark} Canary Street`,
    phone: `+4930${parseInt(mark.slice(0, 7), 16).toString().padStart(9, '0').slice(0, 9)}`,
  };
}
export type Canaries = ReturnType<typeof canariesOf>;

/** Where one of the values stands in the files, in whatever writing. */
export async function found(folder: string, person: Canaries): Promise<string[]> {
  const needles = Object.entries(person).flatMap(([name, value]) =>
    writingsOf(value).map((writing) => ({ name, writing })),
  );
  const hits: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    for (const { name, writing } of needles)
      if (bytes.includes(writing)) hits.push(`${name} in ${entry.name}`);
  }
  return hits;
}

/** Plain, base64 at each of its three alignments, hex, percent-encoded, hashed. */
function writingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const aligned = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4)
      .replace(/.{4}$/, ''),
  );
  const hashes = ['md5', 'sha1', 'sha256'].flatMap((name) => {
    const digest = createHash(name).update(value).digest();
    return [digest.toString('hex'), digest.toString('base64')];
  });
  return [value, ...aligned, bytes.toString('hex'), encodeURIComponent(value), ...hashes];
}
