const ageGroups = ['under_18', '18_24', '25_34', '35_44', '45_54', '55_64', '65_plus'] as const;
export type AgeGroup = (typeof ageGroups)[number];

export function isAgeGroup(value: unknown): value is AgeGroup {
  return ageGroups.some((group) => group === value);
}

/** Undefined where it is no age of a person. Years. */
export function ageGroupOfAge(value: unknown): AgeGroup | undefined {
  const age = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value;
  if (typeof age !== 'number' || !(age >= 0 && age <= 130)) return undefined;
  if (age < 18) return 'under_18';
  if (age < 25) return '18_24';
  if (age < 35) return '25_34';
  if (age < 45) return '35_44';
  if (age < 55) return '45_54';
  return age < 65 ? '55_64' : '65_plus';
}

/** From an ISO date (a time may follow), as of `at` in epoch milliseconds, by the calendar of UTC. */
export function ageGroupOfBirthday(value: unknown, at: number): AgeGroup | undefined {
  const match = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})/.exec(value) : null;
  if (match === null) return undefined;
  const now = new Date(at);
  const years = now.getUTCFullYear() - Number(match[1]);
  const months = now.getUTCMonth() + 1 - Number(match[2]);
  const hadBirthday = months > 0 || (months === 0 && now.getUTCDate() >= Number(match[3]));
  return ageGroupOfAge(hadBirthday ? years : years - 1);
}
