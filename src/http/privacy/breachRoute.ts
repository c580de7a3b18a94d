import { z } from 'zod';
import type { Breaches } from '../../commands/breaches.js';
import type { OpenSealed, RecordAccess } from '../../commands/personalAccess.js';
import type { BreachScope } from '../../domain/breach/events.js';
import type { Position } from '../../domain/metadata.js';
import type { Affected } from '../../queries/affectedPersons.js';
import { breach } from '../../queries/models/breach.js';
import type { QueryPorts } from '../../queries/view.js';
import { breachId } from './breachBody.js';

export interface BreachRoutesOptions {
  readonly breaches: Breaches;
  readonly ports: QueryPorts;
  affectedPersons(tenantId: string, scope: BreachScope): AsyncIterable<Affected>;
  readonly recordAccess: RecordAccess;
  readonly openSealed: OpenSealed;
  formatPosition(position: Position): string;
  newId(): string;
  /** Epoch milliseconds. */
  now(): number;
}

/** Of the register; what the routes of one breach have in common. */
export const url = '/v1/privacy/breaches';
export const params = z.object({ id: breachId });
export const nothing = z.strictObject({});
export const answer = z.object({
  data: breach,
  position: z.string().meta({ description: 'For `waitFor` of the list.' }),
});
