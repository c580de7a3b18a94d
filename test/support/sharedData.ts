import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A file of the shared test data: beside the repository, or where WAYMARK_SHARED says. */
export function sharedData(...path: string[]): { readonly path: string; readonly missing: string | false } {
  const root = process.env.WAYMARK_SHARED ?? resolve(process.cwd(), '../shared');
  const file = join(root, 'data', ...path);
  return { path: file, missing: existsSync(file) ? false : `the shared data lacks ${path.join('/')}` };
}
