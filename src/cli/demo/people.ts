import type { JsonObject } from '../../domain/json.js';
import { type Random, randomFrom } from './random.js';

/**
 * progressing: learns, sometimes needs a second try · struggling: keeps at it against errors and failures ·
 * quitting: like struggling, comes less and less and then no more · visiting: anonymous, some of them sign up.
 */
export const personas = ['progressing', 'struggling', 'quitting', 'visiting'] as const;
export type Persona = (typeof personas)[number];

const shares: Readonly<Record<Persona, number>> = {
  progressing: 45,
  struggling: 25,
  quitting: 15,
  visiting: 15,
};

export interface Person {
  readonly persona: Persona;
  readonly userId: string;
  /** Only visitors have one. */
  readonly anonymousId: string | undefined;
  readonly random: Random;
  readonly context: JsonObject;
  readonly course: string;
  readonly messagePrefix: string;
  signedUp: boolean;
  sent: number;
}

const courses: readonly [string, ...string[]] = ['algebra-1', 'python-basics', 'statistics', 'spanish-a2'];
const locales: readonly [string, ...string[]] = ['en-GB', 'en-US', 'de-DE', 'es-ES', 'fr-FR'];
const userAgents: readonly [string, ...string[]] = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
];

/** @param run names the run in message ids, so that another run's messages are not taken for repetitions */
export function createPerson(seed: number, index: number, run: string): Person {
  // Neighbouring seeds must not give related people.
  const random = randomFrom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35));
  const persona = personas[random.weighted(personas.map((name) => shares[name]))] ?? 'progressing';
  const number = String(index + 1).padStart(4, '0');
  const locale = random.pick(locales);
  return {
    persona,
    userId: `learner-${number}`,
    anonymousId: persona === 'visiting' ? `visitor-${number}` : undefined,
    random,
    context: {
      library: { name: 'waymark-demo', version: '1' },
      locale,
      userAgent: random.pick(userAgents),
    },
    course: random.pick(courses),
    messagePrefix: `${run}-${number}`,
    signedUp: persona !== 'visiting',
    sent: 0,
  };
}
