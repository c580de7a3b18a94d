import type { Test } from 'tap';

/**
 * The test's own folder, removed after all its teardowns. By itself tap removes it before the teardowns that are
 * registered after it: before what writes there is stopped, so that the removal now and then fails.
 */
export function testFolder(
  t: Pick<Test, 'testdir' | 'teardown'>,
  content: Parameters<Test['testdir']>[0] = {},
): string {
  t.teardown(() => undefined);
  return t.testdir(content);
}
