import { unreachable } from '../unreachable.js';
import type { ErasureEvent, PersonErased } from './events.js';

export type ErasureState =
  | { readonly status: 'none' }
  | { readonly status: 'begun'; readonly subjects: readonly string[] }
  | { readonly status: 'erased'; readonly outcome: PersonErased['data'] };

export const initialState: ErasureState = { status: 'none' };

export function evolve(_: ErasureState, event: ErasureEvent): ErasureState {
  switch (event.type) {
    case 'ErasureBegun':
      return { status: 'begun', subjects: event.data.subjects };
    case 'PersonErased':
      return { status: 'erased', outcome: event.data };
    default:
      return unreachable(event);
  }
}
