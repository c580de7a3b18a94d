import type { InterventionEvent } from '../../domain/intervention/events.js';
import { type DeliveryAttempt, mostAttempts } from './document.js';

/** Adds what an event says of the calls of providers. */
export function noteAttempt(attempts: DeliveryAttempt[], event: InterventionEvent, at: number): void {
  switch (event.type) {
    case 'DeliveryStarted':
      addAttempt(attempts, event.data, 'called', at);
      return;
    case 'DeliveryFailed': {
      const { reason, retryAt } = event.data;
      const attempt = newestOf(attempts, event.data) ?? addAttempt(attempts, event.data, 'called', at);
      Object.assign(attempt, { outcome: 'failed', reason, retryAt });
      return;
    }
    case 'InterventionDelivered': {
      // What was delivered in the app before there were other channels names no provider.
      const { channel, provider = 'inbox' } = event.data;
      const called = newestOf(attempts, { channel, provider });
      if (called === undefined) addAttempt(attempts, { channel, provider, attempt: 1 }, 'delivered', at);
      else called.outcome = 'delivered';
      return;
    }
    case 'DeliveryConfirmed':
      setOutcome(newestOf(attempts, event.data), 'confirmed');
      return;
    case 'DeliveryBounced': {
      const { bounce } = event.data;
      setOutcome(newestOf(attempts, event.data), bounce === 'complaint' ? bounce : `${bounce}-bounce`);
      return;
    }
  }
}

type Named = Pick<DeliveryAttempt, 'channel' | 'provider'> & { readonly attempt?: number };

function newestOf(attempts: DeliveryAttempt[], { channel, provider, attempt }: Named) {
  return attempts.findLast(
    (each) =>
      each.channel === channel &&
      each.provider === provider &&
      (attempt === undefined || each.attempt === attempt),
  );
}

function addAttempt(
  attempts: DeliveryAttempt[],
  { channel, provider, attempt }: Required<Named>,
  outcome: DeliveryAttempt['outcome'],
  startedAt: number,
): DeliveryAttempt {
  const added = { channel, provider, attempt, startedAt, outcome, reason: null, retryAt: null };
  attempts.push(added);
  if (attempts.length > mostAttempts) attempts.shift();
  return added;
}

function setOutcome(attempt: DeliveryAttempt | undefined, outcome: DeliveryAttempt['outcome']): void {
  if (attempt !== undefined) attempt.outcome = outcome;
}
