/** `simple` speaks in short sentences and plain words. */
export type Complexity = 'simple' | 'detailed';

export interface AudienceFacts {
  /** What the person was found, or said, to prefer; null where nothing tells. */
  readonly preferred: Complexity | null;
  /** The trait `literacy`, whatever it says. */
  readonly literacy: unknown;
  /** One of the age groups of a profile; null where it is not known. */
  readonly ageGroup: string | null;
}

const lowLiteracy: ReadonlySet<unknown> = new Set([
  'low',
  'basic',
  'limited',
  'beginner',
  'simple',
  'a1',
  'a2',
]);

/** Simple where reading is said to be hard and for those under 18, else by preference. */
export function complexityFor({ preferred, literacy, ageGroup }: AudienceFacts): Complexity {
  const isHard = typeof literacy === 'string' && lowLiteracy.has(literacy.trim().toLowerCase());
  return isHard || ageGroup === 'under_18' ? 'simple' : (preferred ?? 'detailed');
}
