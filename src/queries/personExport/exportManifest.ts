import { z } from 'zod';
import { exportKinds } from '../../domain/personExport/events.js';
import { text, time } from '../models/fields.js';

/** What `manifest.json` says. Its exact bytes are what is signed. */
export const exportManifest = z.strictObject({
  format: z.literal('waymark-person-export'),
  version: z.literal(1),
  kind: z.enum(exportKinds).meta({ description: 'access: Art. 15 GDPR; portability: Art. 20 GDPR.' }),
  tenantId: z.string(),
  exportId: z.string(),
  requestId: z.string().nullable().meta({ description: 'The request it answers, where there is one.' }),
  createdAt: time('When the export was begun; it holds what was recorded until then.'),
  position: text('Of the last event that it can hold.').nullable(),
  counts: z.record(z.string(), z.int()).meta({ description: 'Lines by part.' }),
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  key: z.strictObject({
    id: z.string(),
    algorithm: z.literal('Ed25519'),
    publicKey: z.string().meta({ description: 'PEM. Trust it only when it came to you another way too.' }),
  }),
});
export type ExportManifest = z.infer<typeof exportManifest>;

export const manifestPath = 'manifest.json';
export const signaturePath = 'manifest.sig';
