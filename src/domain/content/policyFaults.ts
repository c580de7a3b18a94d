import type { Faults } from '../faults.js';
import type { CompliancePolicy } from './compliance.js';
import { squeeze } from './phrases.js';

/** Bounds what checking one text costs. */
const mostPhrases = 200;
const longestPhrase = 200;
const mostHosts = 100;
const mostCharacters = 20_000;
/** Of an SMS; no provider takes more. */
const mostSegments = 10;
const host = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/** Everything that is wrong with a compliance policy of the right shape. @param path of the policy in what it is a part of */
export function faultsOfCompliance(faults: Faults, path: string, policy: CompliancePolicy): void {
  const { bannedPhrases, requiredPhrases, claims, allowedLinkHosts, maxLength, maxReadingGrade } = policy;
  faultsOfPhrases(faults, `${path}.bannedPhrases`, bannedPhrases);
  faultsOfPhrases(faults, `${path}.claims`, claims);
  faultsOfPhrases(
    faults,
    `${path}.requiredPhrases`,
    requiredPhrases.map(({ phrase }) => phrase),
  );
  for (const [index, { channels }] of requiredPhrases.entries())
    faults.list(`${path}.requiredPhrases.${index}.channels`, channels, 1, 5);
  faults.list(`${path}.allowedLinkHosts`, allowedLinkHosts, 0, mostHosts);
  for (const [index, name] of allowedLinkHosts.entries()) {
    const message = 'must be a host name in lower case, without scheme, port and path';
    faults.pattern(`${path}.allowedLinkHosts.${index}`, name, host, message);
  }
  for (const [channel, { title, body }] of Object.entries(maxLength)) {
    faults.range(`${path}.maxLength.${channel}.title`, title, 1, mostCharacters);
    const mostBody = channel === 'sms' ? mostSegments : mostCharacters;
    faults.range(`${path}.maxLength.${channel}.body`, body, 1, mostBody);
  }
  if (maxReadingGrade !== null) faults.number(`${path}.maxReadingGrade`, maxReadingGrade, 1, 20);
}

function faultsOfPhrases(faults: Faults, path: string, phrases: readonly string[]): void {
  faults.list(path, phrases, 0, mostPhrases);
  for (const [index, phrase] of phrases.entries()) {
    faults.text(`${path}.${index}`, phrase, 2, longestPhrase);
    const message = 'must hold at least two letters or digits';
    faults.when(squeeze(phrase).letters.length < 2, { path: `${path}.${index}`, code: 'format', message });
  }
}
