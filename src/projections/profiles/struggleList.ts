import type { OpenStruggle, ProfileDocument } from './document.js';
import { profileBounds } from './document.js';

/** Oldest first. Beyond the bound the oldest is forgotten, as if it had been resolved. */
export function putOpenStruggle({ openStruggles }: ProfileDocument, struggle: OpenStruggle): void {
  let at = openStruggles.length;
  while (at > 0 && isAfter(openStruggles[at - 1] as OpenStruggle, struggle)) at--;
  openStruggles.splice(at, 0, struggle);
  if (openStruggles.length > profileBounds.openStruggles) openStruggles.shift();
}

export function findOpenStruggle(
  { openStruggles }: ProfileDocument,
  struggleId: string,
): OpenStruggle | undefined {
  return openStruggles.find((struggle) => struggle.struggleId === struggleId);
}

export function removeOpenStruggle({ openStruggles }: ProfileDocument, struggleId: string): void {
  const at = openStruggles.findIndex((struggle) => struggle.struggleId === struggleId);
  if (at >= 0) openStruggles.splice(at, 1);
}

function isAfter(a: OpenStruggle, b: OpenStruggle): boolean {
  return a.detectedAt > b.detectedAt || (a.detectedAt === b.detectedAt && a.struggleId > b.struggleId);
}
