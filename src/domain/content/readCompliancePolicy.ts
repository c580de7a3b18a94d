import { type ConsentChannel, consentChannels } from '../consent/events.js';
import { findPersonal } from '../privacy/detection.js';
import { isRecord, type PolicyFault } from '../privacy/policyFaults.js';
import type { CompliancePolicy } from './compliance.js';
import { squeeze } from './phrases.js';

/** Bounds what checking one text costs. */
export const mostPhrases = 200;
const longestPhrase = 200;
const mostHosts = 100;
const mostCharacters = 20_000;
const mostSegments = 10;

/** A policy that came from outside, or everything that is wrong with it. It is kept in the clear, so it holds nothing personal. */
export function readCompliancePolicy(value: unknown): CompliancePolicy | readonly PolicyFault[] {
  if (!isRecord(value)) return [{ path: '', message: 'A compliance policy is an object.' }];
  const faults: PolicyFault[] = [];
  const refuse = (path: string, message: string) => {
    faults.push({ path, message });
  };
  for (const name of Object.keys(value)) if (!names.has(name)) refuse(name, 'Leave this out.');
  const policy: CompliancePolicy = {
    bannedPhrases: phrases(value, 'bannedPhrases', refuse),
    requiredPhrases: requiredPhrases(value, refuse),
    claims: phrases(value, 'claims', refuse),
    allowedLinkHosts: listOf(value, 'allowedLinkHosts', mostHosts, refuse).map((host, index) => {
      const isHost =
        typeof host === 'string' && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(host);
      if (!isHost)
        refuse(`allowedLinkHosts.${index}`, 'Give a host name in lower case, without scheme, port and path.');
      return isHost ? host : '';
    }),
    maxLength: lengths(value, refuse),
    maxReadingGrade: readingGrade(value, refuse),
    secondModel: value.secondModel === true,
  };
  if (typeof value.secondModel !== 'boolean') refuse('secondModel', 'Say true or false.');
  return faults.length === 0 ? policy : faults;
}

type Given = Readonly<Record<string, unknown>>;
type Refuse = (path: string, message: string) => void;

const names: ReadonlySet<string> = new Set([
  'bannedPhrases',
  'requiredPhrases',
  'claims',
  'allowedLinkHosts',
  'maxLength',
  'maxReadingGrade',
  'secondModel',
] satisfies (keyof CompliancePolicy)[]);

function listOf(value: Given, name: string, most: number, refuse: Refuse): readonly unknown[] {
  const list = value[name];
  if (Array.isArray(list) && list.length <= most) return list;
  refuse(name, `Give a list of at most ${most}.`);
  return [];
}

function phrases(value: Given, name: string, refuse: Refuse): readonly string[] {
  return listOf(value, name, mostPhrases, refuse).map((phrase, index) =>
    readPhrase(phrase, `${name}.${index}`, refuse),
  );
}

function readPhrase(phrase: unknown, path: string, refuse: Refuse): string {
  if (typeof phrase !== 'string' || phrase.length > longestPhrase || squeeze(phrase).letters.length < 2) {
    refuse(path, `Give words of 2 to ${longestPhrase} characters.`);
    return '';
  }
  if (findPersonal(phrase).length > 0) refuse(path, 'Leave out personal values.');
  return phrase;
}

function requiredPhrases(value: Given, refuse: Refuse): CompliancePolicy['requiredPhrases'] {
  return listOf(value, 'requiredPhrases', mostPhrases, refuse).map((entry, index) => {
    const path = `requiredPhrases.${index}`;
    const { phrase, channels } = isRecord(entry) ? entry : {};
    const known = Array.isArray(channels) ? channels.filter(isChannel) : [];
    if (!Array.isArray(channels) || known.length === 0 || known.length !== channels.length)
      refuse(`${path}.channels`, `Give some of ${consentChannels.join(', ')}.`);
    return { phrase: readPhrase(phrase, `${path}.phrase`, refuse), channels: known };
  });
}

function lengths({ maxLength }: Given, refuse: Refuse): CompliancePolicy['maxLength'] {
  const given = isRecord(maxLength) ? maxLength : {};
  for (const name of Object.keys(given)) if (!isChannel(name)) refuse(`maxLength.${name}`, 'Leave this out.');
  const read = (channel: ConsentChannel) => {
    const { [channel]: entry } = given;
    const { title, body } = isRecord(entry) ? entry : {};
    const mostBody = channel === 'sms' ? mostSegments : mostCharacters;
    return {
      title: wholeNumber(title, mostCharacters, `maxLength.${channel}.title`, refuse),
      body: wholeNumber(body, mostBody, `maxLength.${channel}.body`, refuse),
    };
  };
  return {
    in_app: read('in_app'),
    email: read('email'),
    sms: read('sms'),
    push: read('push'),
    webhook: read('webhook'),
  };
}

function wholeNumber(value: unknown, most: number, path: string, refuse: Refuse): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  refuse(path, `Give a whole number from 1 to ${most}.`);
  return 1;
}

function readingGrade({ maxReadingGrade }: Given, refuse: Refuse): number | null {
  if (maxReadingGrade === null) return null;
  return wholeNumber(maxReadingGrade, 20, 'maxReadingGrade', refuse);
}

function isChannel(value: unknown): value is ConsentChannel {
  return consentChannels.some((channel) => channel === value);
}
