import { expect, inject, test } from 'vitest';
import type { FaultRequest } from '../../../local/faults/fault.ts';
import { listFaults, setFault } from '../../../local/faults/request-faults.ts';
import {
  createStockedSku,
  expectStatus,
  getStock,
  placeOrder,
  postOrder,
  postPayment,
  waitForOrderStatus,
} from '../../support/e2e/e2e.ts';

/** Undefined for a deployed stage, which has no faults. */
const aws = inject('localEndpoints')?.aws ?? '';

/**
 * Time from an injected error to the next receive. The default is the queue's visibility timeout, a
 * minute.
 */
const REDELIVERY_SECONDS = 1;

/** Returns a fault that loses the response of a call. */
function fault(functionName: string, call: string, callText?: string) {
  return { functionName, call, callText, kind: 'lostResponse' } as const;
}

/** Returns the faults for one order or SKU that have not hit all of their invocations. */
const faultsLeft = async (text: string) =>
  (await listFaults(aws)).filter((fault) => fault.text === text);

test.runIf(aws !== '')(
  'an order whose commit fails twice is completed, and its units are committed once',
  async () => {
    const sku = await createStockedSku('fault-commit', 10);
    const { orderId } = await placeOrder(sku, 2);
    const fault = await setFault(aws, {
      functionName: 'commit-reservation',
      kind: 'error',
      times: 2,
      text: orderId,
      redeliverySeconds: REDELIVERY_SECONDS,
    });

    expectStatus(202, await postPayment(orderId));

    await waitForOrderStatus(orderId, 'COMPLETED');
    expect(fault.visibilitySeconds).toBe(60);
    expect(await faultsLeft(orderId)).toEqual([]);
    expect(await getStock(sku)).toMatchObject({ onHand: 10, available: 8, held: 0, committed: 2 });
  },
);

test.runIf(aws !== '')(
  'a commit whose response is lost is delivered again and commits nothing twice',
  async () => {
    const sku = await createStockedSku('fault-lost', 10);
    const { orderId } = await placeOrder(sku, 2);
    await setFault(aws, {
      functionName: 'commit-reservation',
      kind: 'lostResponse',
      times: 2,
      text: orderId,
      redeliverySeconds: REDELIVERY_SECONDS,
    });

    expectStatus(202, await postPayment(orderId));

    await waitForOrderStatus(orderId, 'COMPLETED');
    await expect.poll(() => faultsLeft(orderId), { timeout: 30_000 }).toEqual([]);
    expect(await getStock(sku)).toMatchObject({ onHand: 10, available: 8, held: 0, committed: 2 });
  },
);

test.runIf(aws !== '').each<[string, Omit<FaultRequest, 'text' | 'times'>]>([
  ['loses the transaction of the commit', fault('commit-reservation', 'TransactWriteItems')],
  ['loses the authorization at the provider', fault('authorize-payment', 'PutItem', 'Provider')],
  ['loses the capture at the provider', fault('capture-payment', 'UpdateItem', 'Provider')],
  ['loses the wake of the saga', fault('record-stock-outcome', 'SendTaskSuccess')],
  ['loses the start of the saga', fault('pay-order', 'StartExecution')],
  ['loses the published event', fault('orders/publish-events', 'PutEvents')],
])('an order that %s is completed once', async (_name, request) => {
  const sku = await createStockedSku('fault-call', 10);
  const { orderId } = await placeOrder(sku, 2);
  await setFault(aws, { ...request, text: orderId, times: 1 } as FaultRequest);

  expectStatus(202, await postPayment(orderId));

  const { payment } = await waitForOrderStatus(orderId, 'COMPLETED');
  expect(await faultsLeft(orderId)).toEqual([]);
  expect(payment).toMatchObject({ status: 'CAPTURED', attempt: 1 });
  expect(await getStock(sku)).toMatchObject({ onHand: 10, available: 8, held: 0, committed: 2 });
});

test.runIf(aws !== '')(
  'an order whose hold lost its response on the way to orders is placed once',
  async () => {
    const sku = await createStockedSku('fault-http', 10);
    await setFault(aws, {
      ...fault('place-order', 'PUT /reservations/{reservationId}'),
      times: 1,
      callText: sku,
    } as FaultRequest);

    const placed = await postOrder([{ sku, quantity: 3 }]);

    expectStatus(201, placed);
    expect((await listFaults(aws)).filter(({ callText }) => callText === sku)).toEqual([]);
    expect(await getStock(sku)).toMatchObject({ onHand: 10, available: 7, held: 3 });
  },
);

test.runIf(aws !== '')(
  'an order whose hold lost its response is placed, and its units are held once',
  async () => {
    const sku = await createStockedSku('fault-reserve', 10);
    await setFault(aws, {
      functionName: 'reserve-stock',
      kind: 'lostResponse',
      times: 1,
      text: sku,
    });

    const placed = await postOrder([{ sku, quantity: 3 }]);

    expectStatus(201, placed);
    expect(await faultsLeft(sku)).toEqual([]);
    expect(await getStock(sku)).toMatchObject({ onHand: 10, available: 7, held: 3 });
  },
);
