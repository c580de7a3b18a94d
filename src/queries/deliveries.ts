import { documentId } from '../projections/documentId.js';
import { type InterventionDocument, interventionsCollection } from '../projections/interventions/document.js';
import {
  type SuppressionDocument,
  suppressionIdOf,
  suppressionsCollection,
} from '../projections/suppressions/document.js';
import { toAttempt } from './interventions.js';
import { type Delivery, deliveryStatuses, type SuppressionModel } from './models/delivery.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import { userIdsOf } from './person.js';
import type { View } from './view.js';

/** Newest first. */
export async function listDeliveries(
  view: View,
  status: (typeof deliveryStatuses)[number] | undefined,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const found = await view.documents.find<InterventionDocument>(interventionsCollection.name, {
    where: { tenantId: view.tenantId, status: status ?? { in: [...deliveryStatuses] } },
    sort: { field: 'createdAt', direction: 'desc' },
    ...page,
  });
  const userIdOf = await userIdsOf(
    view,
    found.documents.map(({ subject }) => subject),
  );
  return mapPage(found, (document) => toDelivery(document, userIdOf(document.subject)));
}

function toDelivery(document: InterventionDocument, userId: string | null): Delivery {
  const { interventionId: id, strategy, channel, status, reason } = document;
  return {
    ...{ id, userId, strategy, channel, status, reason },
    createdAt: isoTime(document.createdAt),
    statusAt: isoTime(document.statusAt),
    dueAt: isoTimeOrNull(document.dueAt),
    expiresAt: isoTimeOrNull(document.expiresAt),
    attempts: document.attempts.map(toAttempt),
  };
}

/** Newest first. */
export async function listSuppressions(view: View, page: PageRequest): Promise<Page<SuppressionModel>> {
  const found = await view.documents.find<SuppressionDocument>(suppressionsCollection.name, {
    where: { tenantId: view.tenantId },
    sort: { field: 'since', direction: 'desc' },
    ...page,
  });
  const userIdOf = await userIdsOf(
    view,
    found.documents.map(({ subject }) => subject),
  );
  return mapPage(found, (document) => {
    const { subject, channel, reason, interventionId, since } = document;
    return {
      ...{ id: suppressionIdOf(document), userId: userIdOf(subject), channel, reason, interventionId },
      since: isoTime(since),
    };
  });
}

export function findSuppression(view: View, id: string): Promise<SuppressionDocument | undefined> {
  return view.documents.get<SuppressionDocument>(suppressionsCollection.name, documentId(view.tenantId, id));
}
