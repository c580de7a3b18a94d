import t from 'tap';
import { EventStoreUnavailable, WrongExpectedRevision } from '../../../src/eventStore/eventStore.js';
import { statusOf, toCodedError } from '../../../src/http/problems.js';

t.test('what the event store may do later is told as such, so that clients send it again', async (t) => {
  for (const error of [new EventStoreUnavailable('away'), new WrongExpectedRevision(4n, 7n)]) {
    const { code } = toCodedError(error);
    t.equal(code, 'store-unavailable', error.name);
    t.equal(statusOf(code), 503);
  }
});
