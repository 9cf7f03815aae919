import { expect, inject, test } from 'vitest';
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
