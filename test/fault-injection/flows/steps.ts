import { readSystemState } from '../../simulator/checks/invariants.ts';
import { ALICE, type Harness, SERVICE, STAFF } from './harness.ts';

export const MINUTE = 60 * 1_000;
export const DAY = 24 * 60 * MINUTE;
const UNKNOWN_ORDER_ID = '_';

export async function stockSku(
  harness: Harness,
  sku: string,
  quantity: number,
  settings: object = {},
): Promise<void> {
  await harness.requestOk(`PUT /products/${sku}`, {
    by: STAFF,
    body: { name: sku, unitPrice: { amount: 500, currency: 'EUR' } },
  });
  await harness.requestOk(`PUT /stock/${sku}`, { by: STAFF, body: { name: sku, ...settings } });
  if (quantity > 0)
    await harness.requestOk(`POST /stock/${sku}/receipts`, {
      by: STAFF,
      key: `receipt-${sku}`,
      body: { quantity },
    });
}

/** Adds units of a SKU at another location, and creates that. */
export async function stockAt(
  harness: Harness,
  sku: string,
  locationId: string,
  quantity: number,
): Promise<void> {
  await harness.requestOk(`POST /stock/${sku}/receipts`, {
    by: STAFF,
    key: `receipt-${sku}-${locationId}`,
    body: { quantity, locationId, createLocation: true },
  });
}

export const stockBothSkus = async (harness: Harness): Promise<void> => {
  await stockSku(harness, 'tea', 10);
  await stockSku(harness, 'cup', 10);
};

export const LINES = [
  { sku: 'tea', quantity: 2 },
  { sku: 'cup', quantity: 1 },
];

export async function placeOrder(harness: Harness): Promise<void> {
  const { orderId } = await harness.requestOk<{ orderId: string }>('POST /orders', {
    by: ALICE,
    key: 'order',
    body: { lines: LINES },
  });
  harness.savedValues.orderId = orderId;
}

export const orderPath = (harness: Harness): string =>
  `/orders/${harness.savedValues.orderId ?? UNKNOWN_ORDER_ID}`;

export const payOrder = (harness: Harness, paymentMethod: string) =>
  harness.requestOk(`POST ${orderPath(harness)}/payment`, {
    by: ALICE,
    key: 'payment',
    body: { paymentMethod },
  });

export const cancelOrder = (harness: Harness) =>
  harness.requestOk(`POST ${orderPath(harness)}/cancellation`, {
    by: ALICE,
    key: 'cancel',
    body: {},
  });

export const shipOrder = (harness: Harness) =>
  harness.requestOk(`POST ${orderPath(harness)}/fulfilment`, { by: STAFF, key: 'ship', body: {} });

export const resumeOrder = (harness: Harness) =>
  harness.requestOk(`POST ${orderPath(harness)}/resumption`, {
    by: STAFF,
    key: 'resume',
    body: {},
  });

export const startReconciliation = (harness: Harness) =>
  harness.request('POST /reconciliations', { by: STAFF, key: 'run', body: {} });

/** Returns a step that stocks two SKUs, places an order, pays it, and waits until it settles. */
export const placeAndPayOrder =
  (paymentMethod: string) =>
  async (harness: Harness): Promise<void> => {
    await stockBothSkus(harness);
    await placeOrder(harness);
    await payOrder(harness, paymentMethod);
    await harness.world.settle();
  };

export const placeUnpaidOrder = async (harness: Harness): Promise<void> => {
  await stockBothSkus(harness);
  await placeOrder(harness);
};

export const reserveUnits = async (harness: Harness): Promise<void> => {
  await stockBothSkus(harness);
  await harness.requestOk('PUT /reservations/res-1', {
    by: SERVICE,
    body: { lines: LINES, holdSeconds: 600 },
  });
};

export type StockQuantities = {
  readonly onHand: number;
  readonly available: number;
  readonly committed?: number;
  readonly sellable?: number;
};

/** Returns a check of the stock of a SKU. */
export const expectStock =
  (sku: string, wanted: StockQuantities) =>
  async (harness: Harness): Promise<void> => {
    const stock = await harness.requestOk<Readonly<Record<string, unknown>>>(`GET /stock/${sku}`, {
      by: STAFF,
    });
    for (const [name, units] of Object.entries(wanted))
      if (stock[name] !== units)
        harness.addViolation(`${sku} has ${name} ${stock[name]}, not ${units}`);
  };

/** Stocks a SKU and waits until its units are distributed to its cells. */
export async function stockShardedSku(
  harness: Harness,
  sku: string,
  quantity: number,
  shardCount: number,
): Promise<void> {
  await stockSku(harness, sku, quantity, { shardCount });
  await harness.world.settle();
}

/** Returns a check of the available units in each cell of a SKU, and of its open cells. */
export const expectCells =
  (sku: string, units: readonly number[], open = units.length) =>
  async (harness: Harness): Promise<void> => {
    const { cells, openShards } = readSystemState(harness.world);
    const found = cells
      .map(({ cell }) => cell)
      .filter((cell) => cell.sku === sku)
      .sort((a, b) => a.shard - b.shard)
      .map(({ available }) => available);
    if (JSON.stringify(found) !== JSON.stringify(units))
      harness.addViolation(`the cells of ${sku} contain ${found}`);
    if (openShards.get(sku) !== open)
      harness.addViolation(`${openShards.get(sku)} cells of ${sku} are open`);
  };

/** Attempts of a scheduled run, one a minute. */
const SCHEDULED_ATTEMPTS_MAX = 10;

/** Invokes a function as EventBridge Scheduler does, with retries until it succeeds. */
export async function invokeScheduled(
  harness: Harness,
  handler: string,
  input: object,
): Promise<void> {
  for (let attempt = 0; attempt < SCHEDULED_ATTEMPTS_MAX; attempt += 1) {
    const { ok } = await harness.world.invokeHandler(handler, input);
    if (ok) return;
    await harness.world.time.wait(MINUTE);
  }
  throw new Error(`${handler} failed ${SCHEDULED_ATTEMPTS_MAX} times.`);
}
