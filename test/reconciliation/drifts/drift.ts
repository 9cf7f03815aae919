import { ageOrder, agePayment } from '../../support/drift.ts';
import { completeOrder } from '../../support/e2e/e2e.ts';

export type ExpectedFinding = {
  /** Subject, kind and explanation of the expected finding. */
  readonly subject: string;
  readonly kind: string;
  readonly explanation: RegExp;
  /** Status after the run that found it. */
  readonly status: 'repaired' | 'open';
  readonly action?: string;
};
export type Drift = {
  readonly name: string;
  readonly inject: () => Promise<readonly ExpectedFinding[]>;
};

/** Completes an order and makes it and its payment old enough for a reconciliation to check. */
export const createOldOrder = async (sku: string, quantity: number) => {
  const { orderId } = await completeOrder(sku, quantity);
  await ageOrder(orderId);
  await agePayment(orderId);
  return orderId;
};
