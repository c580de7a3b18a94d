import { randomUUID } from 'node:crypto';

/** UUIDs whose first 80 bits are drawn once, so that making one costs next to nothing; the rest counts up. */
export function createEventIds(): () => string {
  let prefix = '';
  let next = 0;
  return () => {
    if (next % 2 ** 40 === 0) {
      prefix = randomUUID().slice(0, 24);
      next = 0;
    }
    const id = prefix + next.toString(16).padStart(12, '0');
    next += 1;
    return id;
  };
}
