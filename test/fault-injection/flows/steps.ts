import { booksOf } from '../../simulator/checks/invariants.ts';
import { ALICE, SERVICE, STAFF, type Stage } from './stage.ts';

export const MINUTE = 60 * 1_000;
export const DAY = 24 * 60 * MINUTE;
const NOBODY = '_';

export async function stocked(
  stage: Stage,
  sku: string,
  quantity: number,
  more: object = {},
): Promise<void> {
  await stage.do(`PUT /products/${sku}`, {
    by: STAFF,
    body: { name: sku, unitPrice: { amount: 500, currency: 'EUR' } },
  });
  await stage.do(`PUT /stock/${sku}`, { by: STAFF, body: { name: sku, ...more } });
  if (quantity > 0)
    await stage.do(`POST /stock/${sku}/receipts`, {
      by: STAFF,
      key: `receipt-${sku}`,
      body: { quantity },
    });
}

export const bothStocked = async (stage: Stage): Promise<void> => {
  await stocked(stage, 'tea', 10);
  await stocked(stage, 'cup', 10);
};

export const LINES = [
  { sku: 'tea', quantity: 2 },
  { sku: 'cup', quantity: 1 },
];

export async function ordered(stage: Stage): Promise<void> {
  const { orderId } = await stage.do<{ orderId: string }>('POST /orders', {
    by: ALICE,
    key: 'order',
    body: { lines: LINES },
  });
  stage.noted.orderId = orderId;
}

export const path = (stage: Stage): string => `/orders/${stage.noted.orderId ?? NOBODY}`;

export const pay = (stage: Stage, paymentMethod: string) =>
  stage.do(`POST ${path(stage)}/payment`, { by: ALICE, key: 'payment', body: { paymentMethod } });

/** An order that came to where a method of payment brings it. */
export const paid =
  (paymentMethod: string) =>
  async (stage: Stage): Promise<void> => {
    await bothStocked(stage);
    await ordered(stage);
    await pay(stage, paymentMethod);
    await stage.world.settle();
  };

export const heldOrder = async (stage: Stage): Promise<void> => {
  await bothStocked(stage);
  await ordered(stage);
};

export const reserved = async (stage: Stage): Promise<void> => {
  await bothStocked(stage);
  await stage.do('PUT /reservations/res-1', {
    by: SERVICE,
    body: { lines: LINES, holdSeconds: 600 },
  });
};

/** What the stock of a sku has to be in the end. */
export const stockIs =
  (
    sku: string,
    wanted: { readonly onHand: number; readonly available: number; readonly committed?: number },
  ) =>
  async (stage: Stage): Promise<void> => {
    const stock = await stage.do<Readonly<Record<string, unknown>>>(`GET /stock/${sku}`, {
      by: STAFF,
    });
    for (const [name, units] of Object.entries(wanted))
      if (stock[name] !== units) stage.complain(`${sku} has ${name} ${stock[name]}, not ${units}`);
  };

/** Units of a sku that lie in several cells by now. */
export async function spread(
  stage: Stage,
  sku: string,
  quantity: number,
  shardCount: number,
): Promise<void> {
  await stocked(stage, sku, quantity, { shardCount });
  await stage.world.settle();
}

/** What is available in each of a sku's cells in the end, and how many of them are open. */
export const cellsAre =
  (sku: string, units: readonly number[], open = units.length) =>
  async (stage: Stage): Promise<void> => {
    const { cells, openShards } = booksOf(stage.world);
    const found = cells
      .map(({ cell }) => cell)
      .filter((cell) => cell.sku === sku)
      .sort((a, b) => a.shard - b.shard)
      .map(({ available }) => available);
    if (JSON.stringify(found) !== JSON.stringify(units))
      stage.complain(`the cells of ${sku} have ${found}`);
    if (openShards.get(sku) !== open)
      stage.complain(`${openShards.get(sku)} cells of ${sku} are open`);
  };
