import type { ConsentChannel } from '../consent/events.js';
import { holdsMarkup, holdsPlaceholder, holdsUnreadable } from './legibility.js';
import { findLinks, isAllowedLink } from './links.js';
import { type PersonalFacts, personalIn } from './personalLeak.js';
import { holdsPhrase, mixedScripts, type Squeezed, squeeze } from './phrases.js';
import { readingLevel } from './readingLevel.js';
import { smsSize, smsText } from './smsSegments.js';
import { exclamationMarks, holdsToneWord, shouts } from './tone.js';

/** What a tenant demands of every text before it is sent. Compared without case, accents and what parts the letters. */
export interface CompliancePolicy {
  readonly bannedPhrases: readonly string[];
  readonly requiredPhrases: readonly {
    readonly phrase: string;
    readonly channels: readonly ConsentChannel[];
  }[];
  /** Phrases that would need proof, such as `guaranteed`. */
  readonly claims: readonly string[];
  /** Hosts in lower case, with those below them. */
  readonly allowedLinkHosts: readonly string[];
  /** Characters; for `sms` the body is counted in segments of the message, title and body together. */
  readonly maxLength: Readonly<Record<ConsentChannel, { readonly title: number; readonly body: number }>>;
  /** Years of school; null where it does not matter. */
  readonly maxReadingGrade: number | null;
  /** Whether a second model judges what the rules let through. */
  readonly secondModel: boolean;
}

export const defaultCompliancePolicy: CompliancePolicy = {
  bannedPhrases: [],
  requiredPhrases: [],
  claims: ['guarantee', 'guaranteed', 'risk-free', 'free forever', 'garantiert', 'garantizado', 'garanti'],
  allowedLinkHosts: [],
  maxLength: {
    in_app: { title: 80, body: 400 },
    email: { title: 120, body: 5000 },
    sms: { title: 80, body: 3 },
    push: { title: 65, body: 240 },
    webhook: { title: 200, body: 5000 },
  },
  maxReadingGrade: 12,
  secondModel: false,
};

export const complianceCodes = [
  'empty',
  'too-long',
  'unreadable-characters',
  'mixed-scripts',
  'markup',
  'placeholder',
  'banned-phrase',
  'missing-phrase',
  'unproven-claim',
  'link-not-allowed',
  'personal-data',
  'wrong-language',
  'reading-level',
  'shouting',
  'exclamation',
  'urgency',
  'blame',
] as const;

/** Why a text may not be sent. `detail` says what to change, and quotes the policy at most, never the text. */
export interface ComplianceReason {
  /** One of `complianceCodes`, or of whoever else judged the text. */
  readonly code: string;
  readonly detail: string;
}

export interface CheckedText {
  readonly title: string;
  readonly body: string;
}

export interface ComplianceFacts extends PersonalFacts {
  readonly channel: ConsentChannel;
  /** BCP 47, the language wanted. */
  readonly language: string;
  /** Primary subtag of what a detector found; null where it could not tell. */
  readonly detectedLanguage: string | null;
  /** The body as an SMS takes it, with its links as they are sent; absent where they stay as they are. */
  readonly sentBody?: string;
}

type Code = (typeof complianceCodes)[number];
type Fault = { readonly code: Code; readonly detail: string };

/** Everything that is wrong with a text; empty where it may be sent. */
export function complianceFaults(
  text: CheckedText,
  facts: ComplianceFacts,
  policy: CompliancePolicy,
): readonly ComplianceReason[] {
  const whole = `${text.title}\n${text.body}`;
  const squeezed = squeeze(whole);
  return [
    ...lengthFaults(text, facts, policy),
    ...legibilityFaults(text, whole),
    ...phraseFaults(squeezed, facts, policy),
    ...linkFaults(whole, policy),
    ...personalIn(whole, squeezed, facts).map((kind) =>
      fault('personal-data', `Leave out personal data (${kind}).`),
    ),
    ...languageFaults(text, facts, policy),
    ...toneFaults(whole, squeezed, primaryLanguage(facts.language)),
  ];
}

/** `de` of `de-AT`. */
export function primaryLanguage(tag: string): string {
  return tag.split(/[-_]/, 1)[0]?.toLowerCase() ?? '';
}

function fault(code: Code, detail: string): Fault {
  return { code, detail };
}

function* lengthFaults(
  text: CheckedText,
  { channel, sentBody = text.body }: ComplianceFacts,
  { maxLength }: CompliancePolicy,
): Generator<Fault> {
  const { title, body } = text;
  if (title.trim() === '' || body.trim() === '') yield fault('empty', 'Write a title and a body.');
  const most = maxLength[channel];
  if ([...title].length > most.title)
    yield fault('too-long', `Keep the title within ${most.title} characters.`);
  if (channel === 'sms') {
    const { segments, encoding } = smsSize(smsText({ title, body: sentBody }));
    const takes = sentBody === body ? 'it takes' : 'with its links as they are sent it takes';
    if (segments > most.body)
      yield fault(
        'too-long',
        `Keep the message within ${most.body} segments; ${takes} ${segments} (${encoding}).`,
      );
  } else if ([...body].length > most.body)
    yield fault('too-long', `Keep the body within ${most.body} characters.`);
}

function* legibilityFaults(text: CheckedText, whole: string): Generator<Fault> {
  if (holdsUnreadable(text))
    yield fault('unreadable-characters', 'Leave out control and invisible characters.');
  if (mixedScripts(whole)) yield fault('mixed-scripts', 'Write each word in letters of one alphabet.');
  if (holdsMarkup(whole)) yield fault('markup', 'Write plain text, without HTML or Markdown.');
  if (holdsPlaceholder(whole)) yield fault('placeholder', 'Fill in or leave out every placeholder.');
}

function* phraseFaults(
  text: Squeezed,
  { channel }: ComplianceFacts,
  { bannedPhrases, claims, requiredPhrases }: CompliancePolicy,
): Generator<Fault> {
  for (const phrase of bannedPhrases)
    if (holdsPhrase(text, phrase)) yield fault('banned-phrase', `Do not say “${phrase}”.`);
  for (const claim of claims)
    if (holdsPhrase(text, claim)) yield fault('unproven-claim', `Do not claim “${claim}”.`);
  for (const { phrase, channels } of requiredPhrases)
    if (channels.includes(channel) && !holdsPhrase(text, phrase))
      yield fault('missing-phrase', `Say “${phrase}”.`);
}

function* linkFaults(whole: string, { allowedLinkHosts }: CompliancePolicy): Generator<Fault> {
  if (findLinks(whole).every((link) => isAllowedLink(link, allowedLinkHosts))) return;
  yield fault(
    'link-not-allowed',
    allowedLinkHosts.length === 0
      ? 'Leave out links, addresses of sites too; put a space after a full stop.'
      : `Link only to ${allowedLinkHosts.join(', ')}, over https.`,
  );
}

/** Codes that detectors and profiles write differently for one language. */
const sameLanguage: Readonly<Record<string, string>> = { nb: 'no', nn: 'no', iw: 'he', fil: 'tl' };

function* languageFaults(
  { body }: CheckedText,
  { language, detectedLanguage }: ComplianceFacts,
  { maxReadingGrade }: CompliancePolicy,
): Generator<Fault> {
  const wanted = primaryLanguage(language);
  if (detectedLanguage !== null && detectedLanguage !== (sameLanguage[wanted] ?? wanted))
    yield fault('wrong-language', `Write in ${wanted}; this reads as ${detectedLanguage}.`);
  const level = readingLevel(body, wanted);
  if (maxReadingGrade !== null && level !== null && level.grade > maxReadingGrade)
    yield fault(
      'reading-level',
      `Use shorter sentences and words: grade ${level.grade}, at most ${maxReadingGrade} is wanted.`,
    );
}

function* toneFaults(whole: string, squeezed: Squeezed, language: string): Generator<Fault> {
  if (shouts(whole)) yield fault('shouting', 'Do not write in capitals.');
  if (exclamationMarks(whole) > 1) yield fault('exclamation', 'Use one exclamation mark at most.');
  if (holdsToneWord(squeezed, 'urgency', language))
    yield fault('urgency', 'Do not press the reader for time.');
  if (holdsToneWord(squeezed, 'blame', language)) yield fault('blame', 'Do not blame the reader.');
}
