import { ok, type Result } from '../../shared/core/result.ts';
import type { Order } from './order.ts';

/** Order after a step. `isChanged` is false when the step had been done before. */
export type OrderOutcome = { readonly order: Order; readonly isChanged: boolean };
export type Decision<E> = Result<OrderOutcome, E>;

export const toChangedOrder = (order: Order): Result<OrderOutcome, never> =>
  ok({ order, isChanged: true });
export const toUnchangedOrder = (order: Order): Result<OrderOutcome, never> =>
  ok({ order, isChanged: false });

export type NotFound = { readonly kind: 'notFound' };
export type KeyReused = { readonly kind: 'keyReused' };
