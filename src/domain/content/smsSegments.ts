/** What an SMS carries: a message on one screen, the title above the body. */
export function smsText({ title, body }: { readonly title: string; readonly body: string }): string {
  return `${title}\n${body}`;
}

export interface SmsSize {
  readonly encoding: 'gsm-7' | 'ucs-2';
  /** Septets or UTF-16 units. */
  readonly units: number;
  readonly segments: number;
}

/** GSM 03.38 (3GPP TS 23.038), the default alphabet and its extension table, whose characters take two septets. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extended = new Set('\f^{}\\[~]|€');

/**
 * How an SMS is sent and billed (3GPP TS 23.040): 160 septets or 70 units alone, 153 or 67 a part of several. A character
 * of two units, in either encoding, is not split between parts.
 */
export function smsSize(text: string): SmsSize {
  const characters = [...text];
  const isGsm = characters.every((character) => basic.has(character) || extended.has(character));
  const unitsOf = (character: string) => (isGsm ? (extended.has(character) ? 2 : 1) : character.length);
  const [alone, each] = isGsm ? [160, 153] : [70, 67];
  const units = characters.reduce((sum, character) => sum + unitsOf(character), 0);
  const encoding = isGsm ? 'gsm-7' : 'ucs-2';
  if (units <= alone) return { encoding, units, segments: 1 };
  let segments = 1;
  let filled = 0;
  for (const character of characters) {
    const size = unitsOf(character);
    if (filled + size > each) {
      segments += 1;
      filled = 0;
    }
    filled += size;
  }
  return { encoding, units, segments };
}
