/** Ends an exhaustive switch: a case that is left out does not compile. The value may be personal and is not shown. */
export function unreachable(_: never): never {
  throw new Error('a case that does not exist');
}
