import type { ProviderRecord } from '../../../lambdas/payments/domain/payment.ts';
import type { Refund } from '../../../lambdas/payments/domain/refund.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import { NOON } from '../inventory.ts';
import { AMOUNT, MemoryPaymentStore, MemoryProvider } from './payments.ts';

export const REF = { orderId: 'ord-1', attempt: 1, correlationId: 'corr' };
/** Key of the attempt at the provider. */
export const KEY = 'ord-1-1';
export const COMMAND = {
  ...REF,
  total: { amount: AMOUNT, currency: 'EUR' },
  paymentMethod: 'pm_ok',
};

export const createPaymentPorts = () => ({
  payments: new MemoryPaymentStore(),
  provider: new MemoryProvider(),
});
type PaymentPorts = ReturnType<typeof createPaymentPorts>;

export async function createAuthorized(): Promise<PaymentPorts> {
  const ports = createPaymentPorts();
  await authorizePayment(ports, COMMAND, NOON);
  return ports;
}

export async function createCaptured(): Promise<PaymentPorts> {
  const ports = await createAuthorized();
  await capturePayment(ports, REF, NOON);
  return ports;
}

export const aRefund = (overrides: Partial<Refund> = {}): Refund => ({
  refundId: 'r1',
  amount: AMOUNT,
  status: 'DONE',
  ...overrides,
});

/** The provider's record of a captured attempt. */
export const capturedRecord = (...refunds: readonly Refund[]): ProviderRecord => ({
  status: 'captured',
  amount: AMOUNT,
  refunds,
});

export async function storedPaymentOf({ payments }: Pick<PaymentPorts, 'payments'>) {
  const payment = await payments.get(REF);
  if (payment === undefined) throw new Error('the payment does not exist');
  return payment;
}
