import type { ForgetPast } from '../../processors/processor.js';
import { dayLength, dayOf } from '../time.js';
import { isForwarded, type ProfileDocument, type StoredProfile } from './document.js';

/**
 * A silent person's profile goes as a whole, a day after the period: by then the journey has been found at its end, so that
 * somebody who comes back begins a new one. Of somebody who is active single traits, features, days, sessions, struggles
 * and offers go; the totals stay, which are numbers without a time.
 */
export const forgetPastOfProfile: ForgetPast = (document, cutoffs) => {
  // This projection's own collection holds nothing else.
  const profile = document as StoredProfile;
  const { activity, help } = cutoffs;
  // A pointer goes with the journey it stands for.
  if (isForwarded(profile)) return profile;
  if (activity !== undefined && profile.lastActiveAt < activity - dayLength) return undefined;
  const shortened: ProfileDocument = {
    ...profile,
    ...(activity !== undefined && {
      traits: profile.traits.filter(({ at }) => at >= activity),
      features: profile.features.filter(({ lastDay }) => lastDay >= dayOf(activity)),
      days: profile.days.filter(({ day }) => day >= dayOf(activity)),
      sessions: profile.sessions.filter(({ startedAt, endedAt }) => (endedAt ?? startedAt) >= activity),
      openStruggles: profile.openStruggles.filter(({ detectedAt }) => detectedAt >= activity),
    }),
    ...(help !== undefined && { interventions: profile.interventions.filter(({ at }) => at >= help) }),
  };
  return lists.some((list) => shortened[list].length < profile[list].length) ? shortened : profile;
};

const lists = ['traits', 'features', 'days', 'sessions', 'openStruggles', 'interventions'] as const;
