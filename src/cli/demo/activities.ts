import type { Person } from './people.js';
import type { Recorder } from './recorder.js';

const second = 1000;
const minute = 60 * second;
const heartbeatSeconds = 30;

/** Watches a video by Segment's video events; positions in seconds. Someone who struggles seeks back and gives up more. */
export function watchVideo(person: Person, recorder: Recorder, struggles: boolean): void {
  const { random, course } = person;
  const number = random.integer(1, 12);
  const length = 180 + ((number * 53) % 300);
  const properties = { asset_id: `${course}-video-${number}`, total_length: length, course };
  const leavesAt = random.chance(struggles ? 0.4 : 0.1) ? random.integer(20, length - 20) : length;
  let seeksLeft = struggles ? random.integer(0, 3) : 0;
  let position = 0;
  recorder.track('Video Playback Started', { ...properties, position });
  while (position < leavesAt) {
    const step = Math.min(heartbeatSeconds, leavesAt - position);
    recorder.wait(step * second);
    position += step;
    if (position >= leavesAt) break;
    recorder.track('Video Content Playing', { ...properties, position });
    if (seeksLeft > 0 && random.chance(0.3)) {
      seeksLeft -= 1;
      const back = Math.max(0, position - random.integer(20, 60));
      recorder.wait(random.between(1, 4) * second);
      recorder.track('Video Playback Seek Completed', { ...properties, position, seek_position: back });
      position = back;
    } else if (random.chance(0.08)) {
      recorder.track('Video Playback Paused', { ...properties, position });
      recorder.wait(random.between(5, 90) * second);
      recorder.track('Video Playback Resumed', { ...properties, position });
    }
  }
  const outcome = leavesAt < length ? 'Video Playback Interrupted' : 'Video Playback Completed';
  recorder.track(outcome, { ...properties, position });
}

export function readLesson(person: Person, recorder: Recorder): void {
  const lesson = person.random.integer(1, 20);
  recorder.page(`Lesson ${lesson}`, { course: person.course, feature: `${person.course}-lesson` });
  recorder.wait(person.random.between(1, 6) * minute);
}

/** Solves a problem, at times at the second attempt. */
export function solveProblem(person: Person, recorder: Recorder): void {
  const { random } = person;
  const problem = startProblem(person, recorder);
  if (random.chance(0.2)) attemptProblem(person, recorder, problem, 1);
  recorder.wait(random.between(20, 120) * second);
  recorder.track('Problem Solved', problem);
}

/**
 * Fails at a problem again and again: attempts, errors, angry clicks, looking for help; then solves it, abandons it,
 * or simply goes away.
 */
export function struggleWithProblem(person: Person, recorder: Recorder): void {
  const { random } = person;
  const problem = startProblem(person, recorder);
  const attempts = random.integer(3, 9);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    attemptProblem(person, recorder, problem, attempt);
    if (attempt >= 2 && random.chance(0.3)) seekHelp(person, recorder, problem);
    if (attempt >= 3 && random.chance(0.25)) clickAngrily(person, recorder, problem);
  }
  recorder.wait(random.between(10, 90) * second);
  const ending = random.weighted([35, 40, 25]);
  if (ending === 0) recorder.track('Problem Solved', problem);
  if (ending === 1) recorder.track('Problem Abandoned', problem);
}

interface Problem {
  readonly feature: string;
  readonly course: string;
  /** An index signature, as of any JSON object. */
  readonly [property: string]: string;
}

function startProblem(person: Person, recorder: Recorder): Problem {
  const { random, course } = person;
  const problem = { feature: `${course}-problem-${random.integer(1, 15)}`, course };
  recorder.track('Problem Started', problem);
  recorder.wait(random.between(15, 120) * second);
  return problem;
}

function attemptProblem(person: Person, recorder: Recorder, problem: Problem, attempt: number): void {
  const { random } = person;
  recorder.track('Problem Attempted', { ...problem, attemptCount: attempt });
  recorder.wait(random.between(0.3, 2) * second);
  const errorCode = random.pick(['wrong-answer', 'wrong-answer', 'syntax-error', 'timeout']);
  recorder.track('Problem Failed', { ...problem, attemptCount: attempt, errorCode });
  recorder.wait(random.between(10, 75) * second);
}

function seekHelp(person: Person, recorder: Recorder, problem: Problem): void {
  const { random } = person;
  for (let times = random.integer(1, 3); times > 0; times -= 1) {
    recorder.track('Help Opened', problem);
    recorder.wait(random.between(8, 40) * second);
  }
}

function clickAngrily(person: Person, recorder: Recorder, problem: Problem): void {
  const { random } = person;
  for (let clicks = random.integer(4, 9); clicks > 0; clicks -= 1) {
    recorder.track('Button Clicked', { ...problem, selector: 'button.check-answer' });
    recorder.wait(random.between(120, 450));
  }
  recorder.wait(random.between(2, 10) * second);
}
