import { documentId } from '../projections/documentId.js';
import {
  type QuarantineDocument,
  type QuarantineStatus,
  quarantineCollection,
} from '../projections/quarantine/document.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import type { QuarantinedMessage } from './models/quarantine.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { View } from './view.js';

export interface QuarantineFilter {
  readonly code?: string | undefined;
  readonly status?: QuarantineStatus | undefined;
}

/** Newest first. */
export async function listQuarantine(
  view: View,
  { code, status }: QuarantineFilter,
  page: PageRequest,
): Promise<Page<QuarantinedMessage>> {
  const found = await view.documents.find<QuarantineDocument>(quarantineCollection.name, {
    where: {
      tenantId: view.tenantId,
      ...(code !== undefined && { code }),
      ...(status !== undefined && { status }),
    },
    sort: { field: 'rejectedAt', direction: 'desc' },
    ...page,
  });
  return mapPage(found, toQuarantinedMessage);
}

export async function findQuarantined(
  view: View,
  quarantineId: string,
): Promise<QuarantinedMessage | undefined> {
  const id = documentId(view.tenantId, quarantineId);
  const document = await view.documents.get<QuarantineDocument>(quarantineCollection.name, id);
  return document && toQuarantinedMessage(document);
}

function toQuarantinedMessage(document: QuarantineDocument): QuarantinedMessage {
  const { quarantineId: id, messageId, code, reason, payload, source, status } = document;
  const rejectedAt = isoTime(document.rejectedAt);
  return {
    id,
    messageId,
    code,
    reason,
    payload,
    source,
    rejectedAt,
    status,
    replayedAt: isoTimeOrNull(document.replayedAt),
  };
}
