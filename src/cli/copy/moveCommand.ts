import { exitCodes } from '../arguments.js';

export interface MovedContent {
  readonly people: number;
  readonly accessKeys: number;
  /** Signed heads of the audit trail. */
  readonly heads: number;
  /** The first that was found afterwards, in a sentence; undefined where there is none. */
  readonly difference: string | undefined;
}

/** `waymark copy --to mongodb://…`. Exit code 1 where the two differ in the end. */
export async function moveCommand(
  move: () => Promise<MovedContent>,
  print: (text: string) => void,
): Promise<number> {
  const { people, accessKeys, heads, difference } = await move();
  print(
    `copied    keys of ${people} people, ${accessKeys} access keys, ${heads} signed heads of the audit trail`,
  );
  print(`compared  ${difference ?? 'the same'}`);
  return difference === undefined ? exitCodes.ok : exitCodes.wrong;
}
