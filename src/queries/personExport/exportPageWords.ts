import type { ExportPart, LineKind } from './exportLine.js';

/** The words of the page, in plain language. */
export interface PageTexts {
  readonly title: string;
  readonly intro: string;
  readonly facts: { readonly created: string; readonly request: string; readonly holder: string };
  readonly parts: Readonly<Record<ExportPart, readonly [title: string, explanation: string]>>;
  readonly portability: string;
  readonly entries: string;
  readonly told: string;
  readonly name: string;
  readonly value: string;
  readonly month: string;
  readonly total: string;
  readonly nothing: string;
  readonly unreadable: string;
  readonly assessment: string;
  readonly segment: string;
  readonly stage: string;
  readonly engagement: string;
  readonly risk: string;
  readonly files: string;
  readonly filesNote: string;
  readonly rights: string;
  readonly rightsNote: string;
  readonly kinds: Readonly<Record<LineKind, string>>;
}

export const english: PageTexts = {
  title: 'Your data',
  intro:
    'You asked which data about you is stored. This page is the overview; the complete data stands in the files beside it. It shows everything recorded up to the time below.',
  facts: { created: 'Created', request: 'Request', holder: 'Data space' },
  parts: {
    provided: ['What you told us', 'Given by you, or by the service you use on your behalf.'],
    observed: ['What we saw', 'Recorded while you used the service: pages, actions and visits.'],
    inferred: [
      'What was concluded',
      'Worked out from the above by rules, and in part by a language model: difficulties, scores, analyses, and decisions to offer help.',
    ],
  },
  portability:
    'This export is made to be taken to another service. It holds what you told us and what we saw; ask for access to see conclusions too.',
  entries: 'Entries by month',
  told: 'Your details as they stand now',
  name: 'Detail',
  value: 'Value',
  month: 'Month',
  total: 'Total',
  nothing: 'Nothing is stored here.',
  unreadable: 'no longer readable',
  assessment: 'How you are assessed now',
  segment: 'Group',
  stage: 'Stage',
  engagement: 'Engagement (0–100)',
  risk: 'Likelihood of leaving (0–100)',
  files: 'The files',
  filesNote:
    'One entry a line, as JSON text that programs can read. “schemas” explains each kind of line; “manifest.json” lists all files with their checksums, and “manifest.sig” is the signature over that list.',
  rights: 'Your rights',
  rightsNote:
    'You can have wrong data corrected, have data erased, have its use restricted, object to it, and complain to a data protection authority. Write to whoever gave you this file.',
  kinds: {
    profile: 'Details',
    identity: 'Ids',
    traits: 'Details told',
    group: 'Groups',
    alias: 'Earlier ids',
    consent: 'Consents',
    pageView: 'Pages',
    screenView: 'Screens',
    action: 'Actions',
    sessionStarted: 'Visits begun',
    sessionEnded: 'Visits ended',
    sessionsMerged: 'Visits merged',
    interpretation: 'Meanings',
    link: 'Links',
    struggleDetected: 'Difficulties',
    struggleEscalated: 'Got worse',
    struggleResolved: 'Resolved',
    decision: 'Decisions',
    interventionOutcome: 'Help shown',
    analysis: 'Analysis by a language model',
    assessment: 'Assessment',
  },
};
