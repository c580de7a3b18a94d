import fc from 'fast-check';
import t from 'tap';
import type { ConsentCommand } from '../../../src/domain/consent/commands.js';
import { consentStreamName } from '../../../src/domain/consent/streamName.js';
import {
  type ConsentDocument,
  consentStatusOf,
  mostHistory,
} from '../../../src/projections/consents/document.js';
import { consentsProjection } from '../../../src/projections/consents/projection.js';
import { foldInMemory } from '../../../src/projections/foldInMemory.js';
import { consentAfter, decisionAt, grant, withdraw } from '../../support/consentDecisions.js';
import { recorded, subjectNumber } from '../../support/projectionFold.js';

const stream = consentStreamName('default', subjectNumber(1));
const analytics = { purpose: 'analytics' } as const;
const email = { purpose: 'email' } as const;

function documentAfter(commands: readonly ConsentCommand[]): ConsentDocument | undefined {
  const events = consentAfter(commands).events.map((event) => recorded(event, stream, event.data.decidedAt));
  const folded = foldInMemory(consentsProjection, events).get('consents')?.values() ?? [];
  // What this projection has put.
  return [...folded][0] as ConsentDocument | undefined;
}

t.test('the read model says what the write side says, whatever came in whichever order', async (t) => {
  const command = fc
    .record({ at: fc.nat(5), granted: fc.boolean(), scope: fc.constantFrom(analytics, email) })
    .map(({ at, granted, scope }) => (granted ? grant(at, scope) : withdraw(at, scope)));
  const property = fc.property(fc.array(command, { maxLength: 15 }), (commands) => {
    const shown = (documentAfter(commands)?.standing ?? []).map(({ matter, event }) => [matter, event]);
    const stands = [...consentAfter(commands).state.standing].map(([matter, { event }]) => [matter, event]);
    t.strictSame(shown, stands.sort());
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test('the status in one word', async (t) => {
  const restricted: ConsentCommand = { type: 'RestrictProcessing', data: decisionAt(9) };
  const lifted: ConsentCommand = { type: 'LiftRestriction', data: decisionAt(10) };
  const cases = [
    ['unknown', []],
    ['unknown', [{ type: 'OptOutOfSale', data: decisionAt(1) }]],
    ['granted', [grant(1, analytics)]],
    ['withdrawn', [withdraw(1, analytics), withdraw(1, email)]],
    ['partial', [grant(1, analytics), withdraw(1, email)]],
    ['restricted', [grant(1, analytics), restricted]],
    ['granted', [grant(1, analytics), restricted, lifted]],
  ] as const satisfies [string, ConsentCommand[]][];
  for (const [status, commands] of cases) t.equal(consentStatusOf(documentAfter(commands)), status);
});

t.test('the history is bounded and says how much there was', async (t) => {
  const many = Array.from({ length: 300 }, (_, at) => grant(at, analytics));
  const document = documentAfter(many);
  t.equal(document?.decisions, 300);
  t.equal(document?.history.length, mostHistory);
  t.equal(document?.history.at(-1)?.recordedAt, 299);
});
