import { z } from 'zod';

/** The building blocks of what clients see, each with its unit in its description. */
export const time = (description: string) =>
  z.string().meta({ format: 'date-time', description: `${description} ISO 8601, UTC.` });
export const duration = (description: string) =>
  z.number().meta({ description: `${description} Milliseconds.` });
export const rate = (description: string) =>
  z
    .number()
    .min(0)
    .max(1)
    .meta({ description: `${description} 0–1.` });
export const score = (description: string) =>
  z
    .number()
    .min(0)
    .max(100)
    .meta({ description: `${description} 0–100.` });
export const count = (description: string) =>
  z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({ description });
export const text = (description: string) => z.string().meta({ description });

/** Whatever the client sent, as a JSON object. */
export const jsonObject = (description: string) => z.record(z.string(), z.unknown()).meta({ description });

/** Whose it is: null where the person never gave a user id, or is erased. */
export const userId = z
  .string()
  .nullable()
  .meta({ description: 'The user id; null for anonymous visitors.' });

/** Epoch milliseconds as clients see times. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

export function isoTimeOrNull(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : isoTime(at);
}

/** A model as queries hand it out: made once, read by many. */
export type Shown<T> = T extends readonly (infer E)[]
  ? readonly Shown<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Shown<T[K]> }
    : T;
