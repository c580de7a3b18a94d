import type { DomainEventType } from '../../src/domain/domainEvent.js';
import { categoryOf, type EventCategory } from '../../src/domain/retention/eventCategories.js';
import { eventTypes } from '../../src/eventStore/eventTypes.js';
import { allProjections } from '../../src/projections/all.js';
import { auditedTypes } from '../../src/projections/audit/auditedTypes.js';

interface Kind {
  /** Of the events' code names: which belong here. */
  readonly of: RegExp;
  readonly stream: string;
  readonly personal: string;
}

/** By the category that each event counts as. */
const kept: Readonly<Record<EventCategory, string>> = {
  journey: 'as long as the journey holds anything else',
  activity: "the tenant's period for `activity`, at most until erased",
  help: "the tenant's period for `help`, at most until erased",
  rejected: "the tenant's period for `rejected`; what is sealed opens until the key is destroyed",
  record: 'as proof, also after an erasure',
};

/** What the code cannot say of itself. An event that none of these takes is missing from the map, which a test tells. */
const kinds: readonly Kind[] = [
  {
    of: /^(?:Journey|Page|Screen|Action|Traits|Group|Alias|LinkedTo|Session|Struggle)/,
    stream: '`journey-<tenant>_<pseudonym>`',
    personal: "sealed, under the person's key",
  },
  {
    of: /^(?:Absence|Decision|Outcome)/,
    stream: '`decision-<tenant>_<id>`',
    personal: 'none: pseudonyms, reasons by code',
  },
  {
    of: /^(?:Intervention|Text|Delivery)/,
    stream: '`intervention-<tenant>_<id>`',
    personal: "title and text sealed, under the person's key",
  },
  {
    of: /^Context/,
    stream: '`analysis-<tenant>_<pseudonym>`',
    personal: "what a model said in words sealed, under the person's key",
  },
  {
    of: /^Channel/,
    stream: '`reachability-<tenant>_<pseudonym>`',
    personal: 'none: pseudonyms, keyed fingerprints of addresses',
  },
  {
    of: /^(?:Duplicates|Messages|QuarantinedMessage)/,
    stream: '`ingestion-…`',
    personal: 'rejected messages sealed whole, under the key of whom they name or one of their own',
  },
  {
    of: /^(?:Consent|Sale|Processing|Restriction)/,
    stream: '`consent-<tenant>_<pseudonym>`',
    personal: 'none: pseudonyms, purposes, hashes, references without personal values',
  },
  {
    of: /^(?:PrivacyRequest|StatusCallback)/,
    stream: '`privacy-request-…`',
    personal: "new values of a rectification sealed, under the person's key",
  },
  { of: /^(?:Erasure|PersonErased)/, stream: '`erasure-…`', personal: 'none: pseudonyms' },
  { of: /^Export/, stream: '`personExport-…`', personal: 'none: pseudonyms' },
  { of: /^Retention/, stream: '`retention-…`', personal: 'none: counts' },
  { of: /^Strategy/, stream: '`strategies`', personal: 'none: what tenants write' },
  { of: /^HelpPolicy/, stream: '`help-policies`', personal: 'none: what tenants write' },
  { of: /^PrivacyPolicies/, stream: '`privacy-policies`', personal: 'none: names of fields' },
  {
    of: /^(?:Breach|Affected|Authority)/,
    stream: '`breach-…`',
    personal: 'none: what happened, counts, pseudonyms',
  },
  {
    of: /^Knowledge/,
    stream: '`knowledge-<tenant>_<id>`',
    personal: 'none: what tenants write, refused where it holds personal values',
  },
  { of: /^PersonalData/, stream: '`access-…`', personal: 'none: pseudonyms' },
];

/** Collections that an erasure leaves as they are, and why it may. */
const keptCollections: Readonly<Record<string, string>> = {
  features: 'figures over all people',
  videos: 'figures over all people',
  metrics: 'figures over all people; sketches of pseudonyms for counting them',
  accounting: 'counts of messages',
  spending: 'counts of tokens and costs',
  breaches: 'what happened, when, and how many it concerns',
  privacyRequests: 'what was asked and done, by pseudonym',
  consents: 'decisions, by pseudonym: proof',
  auditEntries: 'who did what about whom, by pseudonym: proof',
  auditSubjects: 'the same, by further persons of an entry',
  auditTrees: 'hashes',
  knowledge: 'what tenants write, without personal values',
  knowledgeBases: 'counts of documents',
};

const eventNames = Object.keys(eventTypes) as DomainEventType[];

/** What the map says nothing of yet. */
export function unmapped(): readonly string[] {
  const events = eventNames.filter((name) => kinds.filter(({ of }) => of.test(name)).length !== 1);
  const collections = allProjections.flatMap(({ collections: each, aboutPersons = [] }) =>
    each
      .filter(({ name }) => aboutPersons.includes(name) === name in keptCollections)
      .map(({ name }) => name),
  );
  return [...events, ...collections];
}

/** The page, made of the schemas and of what is said above. */
export function dataMap(): string {
  const audited: ReadonlySet<string> = new Set(auditedTypes);
  const ofKind = ({ of, stream, personal }: Kind) => {
    const types = eventNames.filter((name) => of.test(name));
    const periods = [...new Set(types.map((name) => kept[categoryOf[name]]))];
    const names = types.map((name) => `\`${eventTypes[name].wire}\`${audited.has(name) ? ' *' : ''}`);
    return `| ${stream} | ${names.join(', ')} | ${personal} | ${periods.join('; ')} |`;
  };
  const ofCollection = allProjections.flatMap(
    ({ name: projection, version, collections, aboutPersons = [] }) =>
      collections.map(({ name }) => {
        const isPurged = aboutPersons.includes(name);
        return `| \`${name}\` | ${projection} v${version} | ${isPurged ? 'yes' : 'no'} | ${isPurged ? 'about one person each; personal values sealed as in the events' : (keptCollections[name] ?? '')} |`;
      }),
  );
  return [
    '# What is stored, event by event and collection by collection',
    '',
    'Made from the code (`node build/test/support/printDataMap.js`); a test compares. [The overview](../privacy.md) says what it means, with files and keys.',
    '',
    '## Events',
    '',
    'With `*`: stands in the [audit trail](audit.md).',
    '',
    '| stream | events | personal values | kept |',
    '|---|---|---|---|',
    ...kinds.map(ofKind),
    '',
    '## Collections of the read models',
    '',
    '| collection | read model | removed with the person | what it holds |',
    '|---|---|---|---|',
    ...ofCollection,
    '',
  ].join('\n');
}
