import t from 'tap';
import { decode, wireNamesOf } from '../../../src/eventStore/codec.js';
import { storageNamesOf } from '../../../src/eventStore/eventTypes.js';

const stored = {
  id: '0',
  streamName: 'intervention-default_x.first-help',
  revision: 0n,
  position: { commit: 1n, prepare: 1n },
  metadata: { tenantId: 'default' },
};
const asWritten = {
  interventionId: 'x.first-help',
  subject: 'ada',
  strategy: 'first-help',
  struggleId: 'x',
  featureId: 'quiz',
  signalType: 'help_seeking',
  severity: 'low',
};

t.test('help that was proposed under its earlier storage name reads as help for a struggle', async (t) => {
  const data = {
    ...asWritten,
    channel: 'in_app',
    language: 'en',
    title: 'T',
    body: 'B',
    author: { kind: 'template', name: 'hint', version: 1 },
    expiresAt: 9,
  };
  const recorded = decode({ ...stored, type: 'intervention-proposed.v1', data });
  t.strictSame(recorded?.event, {
    type: 'InterventionProposed',
    data: {
      ...data,
      trigger: 'struggle',
      decisionId: 'x.first-help',
      strategyVersion: 1,
      variant: null,
      alternatives: [],
      notBefore: null,
    },
  });
  t.equal(recorded?.stored?.type, 'intervention-proposed.v1', 'what is proved of it is what is stored');
  t.strictSame(recorded?.stored?.data, data);
});

t.test('help that was declined under its earlier storage name is its own decision', async (t) => {
  const data = { ...asWritten, reason: 'cooldown' };
  t.strictSame(decode({ ...stored, type: 'intervention-declined.v1', data })?.event, {
    type: 'InterventionDeclined',
    data: { ...data, trigger: 'struggle', decisionId: 'x.first-help' },
  });
});

t.test('whoever asks for a type gets it under each of its storage names', async (t) => {
  t.strictSame(storageNamesOf('InterventionProposed'), [
    'intervention-proposed.v2',
    'intervention-proposed.v1',
  ]);
  t.ok(wireNamesOf(['InterventionDeclined']).has('intervention-declined.v1'));
});
