export type PersonalKind = 'email' | 'phone' | 'card' | 'iban' | 'ip' | 'sealed';

/** A personal value inside a text: code units from `start` up to, not including, `end`. */
export interface PersonalRange {
  readonly kind: PersonalKind;
  readonly start: number;
  readonly end: number;
}
