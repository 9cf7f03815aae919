import { accepted, type Result } from '../../shared/core/result.ts';
import type { Order } from './order.ts';

/** The order after a step, and whether the step changed it: a step that was done before changes nothing. */
export type Decided = { readonly order: Order; readonly isChanged: boolean };
export type Decision<Refusal> = Result<Decided, Refusal>;

export const toChanged = (order: Order): Result<Decided, never> =>
  accepted({ order, isChanged: true });
export const unchanged = (order: Order): Result<Decided, never> =>
  accepted({ order, isChanged: false });

export type NotFound = { readonly kind: 'notFound' };
export type KeyReused = { readonly kind: 'keyReused' };
