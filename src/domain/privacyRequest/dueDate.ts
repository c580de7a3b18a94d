/** Art. 12(3) GDPR: within one month of receipt. */
const months = 1;
/** Art. 12(3) GDPR: extendable by two further months. */
const monthsWhenExtended = 3;

/** When a request has to be answered. Epoch milliseconds, the calendar of UTC. */
export function dueDate(madeAt: number, extended: boolean): number {
  return addMonths(madeAt, extended ? monthsWhenExtended : months);
}

/** The same day of a later month, or its last day where it has no such day (Regulation 1182/71, Art. 3(2)(c)). */
export function addMonths(at: number, count: number): number {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + count];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), lastDay);
  return Date.UTC(year, month, day) + (at - Date.UTC(year, date.getUTCMonth(), date.getUTCDate()));
}
