import { z } from 'zod';
import { CodedError, type FieldError } from '../../domain/errors.js';

const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** An ISO 8601 time with a zone, given to the code as epoch milliseconds. */
export function instant(description: string) {
  return z
    .string()
    .meta({ format: 'date-time', description, examples: ['2026-01-31T09:00:00Z'] })
    .refine((text) => zoned.test(text) && isRealTime(text), {
      message: 'must be an ISO 8601 time with a zone, such as 2026-01-31T09:00:00Z (a + is sent as %2B)',
    })
    .transform((text) => Date.parse(text));
}

/** JavaScript's parser turns 30 February into a day in March; such a time was a mistake, not a wish. */
function isRealTime(text: string): boolean {
  const wallClock = Date.parse(`${text.slice(0, 16)}Z`);
  return (
    !Number.isNaN(Date.parse(text)) && new Date(wallClock).toISOString().slice(0, 16) === text.slice(0, 16)
  );
}

/** Ids in paths and queries: any text without control characters, which no stored id holds. */
export function identifier(description: string) {
  return z
    .string()
    .min(1)
    .max(300)
    .refine((text) => !hasControlCharacter(text), { message: 'must not hold control characters' })
    .meta({ description });
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) < 0x20) return true;
  }
  return false;
}

export const period = {
  from: instant('Only what happened at or after this time.').optional(),
  to: instant('Only what happened before this time.').optional(),
};

/** @throws CodedError `invalid-parameter` where the period is empty or runs backwards */
export function checkPeriod({
  from,
  to,
}: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}): void {
  if (from !== undefined && to !== undefined && from >= to) {
    throw invalidParameters([{ path: 'to', code: 'not-after-from', message: 'must be after from' }]);
  }
}

export const paging = {
  limit: z.coerce.number().int().min(1).max(500).default(50).meta({ description: 'Entries a page, 1–500.' }),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .meta({ description: 'The `nextCursor` of the page before, with the same route and filters.' }),
};

export const freshness = {
  waitFor: z
    .string()
    .regex(/^\d{1,20}(?:\/\d{1,20})?$/, 'must be the position that a write answered')
    .optional()
    .meta({
      description:
        'The `position` of a write: the answer waits, 5 seconds at most, until the read model has seen it.',
    }),
};

export const timeTravel = {
  asOf: instant('Answers with what was recorded up to this time. Not in the future.').optional(),
};

/** @throws CodedError `invalid-parameter` with one entry for each fault; values are never repeated */
export function parseParameters<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidParameters(parsed.error.issues.flatMap((issue) => fieldErrors(issue, input)));
}

export function invalidParameters(errors: readonly FieldError[]): CodedError {
  const detail = errors.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');
  return new CodedError('invalid-parameter', `${detail}.`, { errors });
}

function fieldErrors(issue: z.core.$ZodIssue, input: unknown): readonly FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, 10).map((key) => ({
      // What is no plain name may be a value that went astray.
      path: /^[A-Za-z][\w.-]{0,39}$/.test(key) ? key : '',
      code: 'unknown-parameter',
      message: 'is not a parameter of this route',
    }));
  }
  const path = issue.path.join('.');
  if (issue.code === 'invalid_value') {
    return [{ path, code: 'invalid-value', message: `must be one of ${issue.values.join(', ')}` }];
  }
  if (issue.code === 'invalid_type' && !isGiven(input, issue.path[0])) {
    return [{ path, code: 'missing', message: 'is required' }];
  }
  return [{ path, code: issue.code.replaceAll('_', '-'), message: sentence(issue.message) }];
}

/** Whether the parameter stands in what was sent: where it was converted, the issue itself no longer tells. */
function isGiven(input: unknown, name: PropertyKey | undefined): boolean {
  return name === undefined || (typeof input === 'object' && input !== null && name in input);
}

function sentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
