/** Those whose events are still in the log, and whom a rebuild must not bring back. */
export type ErasedPersons = AsyncIterable<{
  readonly tenantId: string;
  readonly subjects: readonly string[];
}>;

const subjectsAtATime = 1000;

/** The same, those of a tenant that follow one another taken together. */
export async function* manyAtATime(persons: ErasedPersons): ErasedPersons {
  let tenant = '';
  let subjects: string[] = [];
  for await (const person of persons) {
    if (person.tenantId !== tenant || subjects.length >= subjectsAtATime) {
      if (subjects.length > 0) yield { tenantId: tenant, subjects };
      tenant = person.tenantId;
      subjects = [];
    }
    subjects.push(...person.subjects);
  }
  if (subjects.length > 0) yield { tenantId: tenant, subjects };
}
