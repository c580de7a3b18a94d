import { CodedError, type FieldError } from './errors.js';
import { findPersonal } from './privacy/detection.js';

/** Collects what is wrong with a configuration, by field. */
export class Faults {
  readonly found: FieldError[] = [];

  /** @throws CodedError `invalid-parameter` with all of it, where there is any */
  throwFound(): void {
    if (this.found.length === 0) return;
    const detail = this.found.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new CodedError('invalid-parameter', `${detail}.`, { errors: this.found });
  }

  when(wrong: boolean, fault: FieldError): void {
    if (wrong) this.found.push(fault);
  }

  text(path: string, text: string, least: number, most: number): void {
    const { length } = text.trim();
    const message = `must have ${least} to ${most} characters`;
    this.when(length < least || text.length > most, { path, code: 'length', message });
    const personal = { path, code: 'personal-value', message: 'must hold no personal value' };
    this.when(findPersonal(text).length > 0, personal);
  }

  pattern(path: string, text: string, pattern: RegExp, message: string): void {
    this.when(!pattern.test(text), { path, code: 'format', message });
  }

  number(path: string, value: number, least: number, most: number): void {
    const message = `must be from ${least} to ${most}`;
    this.when(!(value >= least && value <= most), { path, code: 'range', message });
  }

  /** A whole number. */
  range(path: string, value: number, least: number, most: number): void {
    const message = `must be a whole number from ${least} to ${most}`;
    this.when(!Number.isInteger(value) || value < least || value > most, { path, code: 'range', message });
  }

  list(path: string, values: readonly string[], least: number, most: number): void {
    const message = `must have ${least} to ${most} entries`;
    this.when(values.length < least || values.length > most, { path, code: 'count', message });
    const repeated = { path, code: 'repeated', message: 'must not name anything twice' };
    this.when(new Set(values).size < values.length, repeated);
  }
}
