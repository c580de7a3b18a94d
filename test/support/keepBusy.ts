/** Keeps this thread at work, so that nothing else has its turn. */
export function keepBusy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
