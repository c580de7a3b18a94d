import type { BreachAssessment, BreachNature } from '../domain/breach/events.js';
import type { KnownBreach } from '../domain/breach/evolve.js';
import type { BreachDrafts } from './models/breach.js';
import { isoTime } from './models/fields.js';

const unknown = '[not known yet]';
const natureNames: Readonly<Record<BreachNature, string>> = {
  confidentiality: 'somebody could see data who should not have',
  integrity: 'data was changed',
  availability: 'data was lost or could not be reached',
};
const required = ['natures', 'risk', 'categories', 'consequences', 'measures', 'contact'] as const;

/** Drafts, in English, for somebody to complete: nothing is sent by them. */
export function draftsOf({ recorded, assessment, affected }: KnownBreach): BreachDrafts {
  const persons = affected === null ? unknown : `about ${affected.persons}`;
  const records = affected === null ? unknown : `about ${affected.records}`;
  const { description, contact } = assessment;
  const natures =
    assessment.natures.length === 0
      ? unknown
      : assessment.natures.map((nature) => natureNames[nature]).join('; ');
  const measures = assessment.measures ?? unknown;
  const consequences = assessment.consequences ?? unknown;
  const missing: string[] = required.filter((field) => isMissing(assessment, field));
  if (affected === null) missing.push('affected');
  return {
    authority: {
      title: `Notification of a personal data breach, ${recorded.breachId}`,
      body: [
        `Became aware: ${isoTime(recorded.awareAt)}. To be notified by: ${isoTime(recorded.dueAt)}.`,
        `(a) Nature of the breach: ${natures}. ${description}`,
        `    Period: ${periodOf(assessment)}.`,
        `    Categories of persons and of records: ${assessment.categories ?? unknown}`,
        `    Number of persons: ${persons}. Number of records: ${records}.`,
        `(b) Contact point: ${contact ?? unknown}`,
        `(c) Likely consequences: ${consequences}`,
        `(d) Measures taken or proposed: ${measures}`,
      ].join('\n'),
    },
    persons: {
      title: 'What happened to your data',
      body: [
        `What happened: ${description}`,
        `What this can mean for you: ${consequences}`,
        `What we have done and will do: ${measures}`,
        `Whom you can ask: ${contact ?? unknown}`,
      ].join('\n\n'),
    },
    missing,
  };
}

function isMissing(assessment: BreachAssessment, field: (typeof required)[number]): boolean {
  const value = assessment[field];
  return value === null || value.length === 0;
}

function periodOf({ scope: { from, to } }: BreachAssessment): string {
  const start = from === null ? 'the beginning' : isoTime(from);
  return `from ${start} to ${to === null ? 'now' : isoTime(to)}`;
}
