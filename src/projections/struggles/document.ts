import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { Severity, SignalType, StruggleEvidence } from '../../domain/journey/events.js';

export const strugglesCollection: CollectionDefinition = {
  name: 'struggles',
  indexes: [
    ['tenantId', 'detectedAt'],
    ['tenantId', 'featureId', 'detectedAt'],
    ['tenantId', 'severity', 'detectedAt'],
    ['tenantId', 'resolved', 'detectedAt'],
    ['tenantId', 'subject', 'detectedAt'],
  ],
};

/** One struggle; as large as its evidence, which the journey bounds. Id: tenant and `struggleId`. */
export interface StruggleDocument extends Document {
  readonly tenantId: string;
  readonly struggleId: string;
  /** Whose it was when it was detected. Of a journey linked later, it stays under the earlier subject. */
  readonly subject: string;
  readonly sessionId: string;
  readonly featureId: string;
  /** Epoch milliseconds. */
  readonly detectedAt: number;
  readonly signalType: SignalType;
  /** The highest reached. */
  severity: Severity;
  /** As of the detection or the last escalation. */
  context: StruggleEvidence;
  readonly rule: { readonly name: string; readonly version: number };
  interventionTriggered: boolean;
  /** The strategy of the help that was proposed; null where none was. */
  interventionType: string | null;
  /** Why no help was proposed, where that was decided. */
  interventionDeclined: string | null;
  resolved: boolean;
  /** Milliseconds from detection; null while unresolved. */
  resolutionTime: number | null;
}
