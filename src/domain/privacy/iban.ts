import type { PersonalRange } from './personalRange.js';

/** Length of each country's account numbers: SWIFT, IBAN Registry. */
const lengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const beginning = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}/g;

/** Adds every IBAN, written in one piece or in groups parted by a space or hyphen (ISO 13616-1). */
export function findIbans(text: string, found: PersonalRange[]): void {
  for (const match of text.matchAll(beginning)) {
    const end = endOfIban(text, match.index);
    if (end !== undefined) found.push({ kind: 'iban', start: match.index, end });
  }
}

function endOfIban(text: string, start: number): number | undefined {
  const length = lengths.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return undefined;
  let compact = '';
  let end = start;
  while (compact.length < length) {
    const character = text.charAt(end);
    if (isAlphanumeric(character)) compact += character;
    else if (!(isSeparator(character) && isAlphanumeric(text.charAt(end + 1)))) return undefined;
    end++;
  }
  return !isAlphanumeric(text.charAt(end)) && hasValidCheckDigits(compact.toUpperCase()) ? end : undefined;
}

function isAlphanumeric(character: string): boolean {
  return /^[A-Za-z0-9]$/.test(character);
}

function isSeparator(character: string): boolean {
  return character === ' ' || character === '-';
}

/** ISO/IEC 7064, MOD 97-10: the first four characters go last, letters count from 10. */
function hasValidCheckDigits(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
