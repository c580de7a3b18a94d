import { readLesson, solveProblem, struggleWithProblem, watchVideo } from './activities.js';
import type { Person } from './people.js';
import { type Recorder, type SimulatedMessage, startRecorder } from './recorder.js';

const second = 1000;

/** Everything a person does in one sitting, in the order of time. */
export function sitting(person: Person, startsAt: number): readonly SimulatedMessage[] {
  const recorder = startRecorder(person, startsAt);
  if (person.signedUp) learn(person, recorder);
  else visit(person, recorder);
  return recorder.messages;
}

function learn(person: Person, recorder: Recorder): void {
  const { random, course } = person;
  const struggles = person.persona === 'struggling' || person.persona === 'quitting';
  if (person.sent === 0) {
    recorder.identify({ course, plan: random.pick(['free', 'free', 'plus']) });
    recorder.wait(random.between(1, 5) * second);
  }
  recorder.page('Dashboard');
  recorder.wait(random.between(2, 20) * second);
  recorder.page('Course', { course });
  for (let activities = random.integer(2, struggles ? 3 : 5); activities > 0; activities -= 1) {
    recorder.wait(random.between(3, 40) * second);
    switch (random.weighted([3, 2, 4])) {
      case 0:
        watchVideo(person, recorder, struggles);
        break;
      case 1:
        readLesson(person, recorder);
        break;
      default:
        if (struggles && random.chance(0.8)) struggleWithProblem(person, recorder);
        else solveProblem(person, recorder);
    }
  }
}

/** Looks around without a name; some fill in the form to sign up, not always at the first try. */
function visit(person: Person, recorder: Recorder): void {
  const { random, course } = person;
  recorder.page('Home');
  recorder.wait(random.between(5, 60) * second);
  recorder.page('Course Preview', { course });
  recorder.wait(random.between(10, 120) * second);
  if (random.chance(0.5)) watchVideo(person, recorder, false);
  if (!random.chance(0.4)) return;
  const form = { feature: 'sign-up-form' };
  recorder.track('Form Started', form);
  recorder.wait(random.between(15, 60) * second);
  for (let failures = random.weighted([6, 2, 1, 1]); failures > 0; failures -= 1) {
    recorder.track('Form Failed', { ...form, errorCode: 'password-too-short' });
    recorder.wait(random.between(5, 25) * second);
  }
  if (random.chance(0.2)) {
    recorder.track('Form Abandoned', form);
    return;
  }
  recorder.track('Form Completed', form);
  recorder.identify({ course, plan: 'free' });
  recorder.track('Signed Up', { course });
}
