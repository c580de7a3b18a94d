import t from 'tap';
import type { PrivacyRequestEvent } from '../../../src/domain/privacyRequest/events.js';
import type { PrivacyRequestDocument } from '../../../src/projections/privacyRequests/document.js';
import { privacyRequestsProjection } from '../../../src/projections/privacyRequests/projection.js';
import { documentOf, foldStrictly, recorded } from '../../support/projectionFold.js';

const requestId = 'a7551968-d5d6-44b2-9831-815ac9017798';
const received: PrivacyRequestEvent = {
  type: 'PrivacyRequestReceived',
  data: {
    requestId,
    at: 1000,
    by: 'key',
    requestType: 'erasure',
    regulation: 'gdpr',
    subjects: ['a', 'b'],
    details: {},
    submittedAt: 900,
    dueAt: 5000,
    verification: 'required',
    callbackUrls: ['https://a.example/', 'https://b.example/'],
    contentDigest: 'd',
  },
};
const about = { requestId };
const events: PrivacyRequestEvent[] = [
  received,
  { type: 'PrivacyRequestIdentityVerified', data: { ...about, at: 1100, by: 'key', method: 'document' } },
  { type: 'PrivacyRequestStarted', data: { ...about, at: 1200 } },
  {
    type: 'PrivacyRequestAttemptFailed',
    data: { ...about, at: 1300, attempt: 1, reason: 'x', retryAt: 2300 },
  },
  {
    type: 'StatusCallbackFailed',
    data: {
      ...about,
      at: 1400,
      callback: 0,
      status: 'pending',
      attempt: 1,
      reason: 'timeout',
      retryAt: 9000,
    },
  },
  {
    type: 'StatusCallbackFailed',
    data: {
      ...about,
      at: 1450,
      callback: 1,
      status: 'pending',
      attempt: 1,
      reason: 'timeout',
      retryAt: 8000,
    },
  },
  {
    type: 'PrivacyRequestExtended',
    data: { ...about, at: 1500, by: 'key', reason: 'complexity', dueAt: 15_000 },
  },
  {
    type: 'PrivacyRequestConcluded',
    data: { ...about, at: 2400, outcome: 'completed', remarks: [], result: {} },
  },
];

function after(count: number, batchSize = count): PrivacyRequestDocument {
  const history = events
    .slice(0, count)
    .map((event) => recorded(event, `privacy-request-default_${requestId}`, event.data.at));
  const folded = foldStrictly(privacyRequestsProjection, history, batchSize);
  return documentOf(folded, 'privacyRequests', `default/${requestId}`);
}

t.test('a document says what is to be done with its request, and when', async (t) => {
  t.match(after(1), {
    status: 'received',
    open: true,
    workAt: null,
    callbackAt: null,
    subject: 'a',
    dueAt: 5000,
  });
  t.match(after(2), { status: 'pending', workAt: 1100, callbackAt: 1100 });
  t.match(after(3), { status: 'in_progress', workAt: 1200 });
  t.match(after(4), { status: 'in_progress', workAt: 2300 });
  t.match(after(5), { callbackAt: 1200 }, 'the other address is still owed at once');
  t.match(after(6), { callbackAt: 8000 });
  t.match(after(7), { dueAt: 15_000, open: true });
  t.match(after(8), { status: 'completed', workAt: null, open: false, callbackAt: 8000 });
});

t.test('the size of batches changes no byte', async (t) => {
  t.equal(JSON.stringify(after(events.length, 1)), JSON.stringify(after(events.length)));
});
