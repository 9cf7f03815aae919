import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { World } from '../simulator/world.ts';
import { type ExpectedStock, SKUS } from './customers.ts';

const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/simulation/operator' };
const MINUTE = 60 * 1_000;

/** I4: the receipts and adjustments of each SKU sum up to the acknowledged ones. */
export function checkExpectedStock(
  cells: readonly {
    readonly cell: { readonly sku: string };
    readonly movements: readonly Movement[];
  }[],
  expectedStock: ExpectedStock,
): string[] {
  return [...expectedStock.keys()].flatMap((sku) => {
    const moved = cells
      .filter(({ cell }) => cell.sku === sku)
      .flatMap(({ movements }) => movements)
      .filter(({ kind }) => kind === 'RECEIVED' || kind === 'ADJUSTED')
      .reduce(
        (sum, { quantity, from }) => sum + (from.account === 'outside' ? quantity : -quantity),
        0,
      );
    return moved === expectedStock.get(sku)
      ? []
      : [
          `I4 ${sku}: ${expectedStock.get(sku)} units were acknowledged, the movements have ${moved}`,
        ];
  });
}

/**
 * I8: after all holds have expired, one reservation can hold all units that are not committed, so
 * no unit is stuck.
 */
export async function checkLastUnitsSellable(world: World): Promise<string[]> {
  await world.time.wait(20 * MINUTE);
  const violations: string[] = [];
  for (const sku of SKUS) {
    const stock = await requestWithRetry<{ onHand: number; committed: number }>(
      world,
      `GET /stock/${sku}`,
      {
        by: STAFF,
      },
    );
    const quantity = stock.body.onHand - stock.body.committed;
    if (quantity === 0) continue;
    const lines = [{ sku, quantity }];
    const held = await requestWithRetry(world, `PUT /reservations/last-${sku}`, {
      by: SERVICE,
      body: { lines, holdSeconds: 600 },
    });
    if (held.status !== 201)
      violations.push(
        `I8 the last ${quantity} units of ${sku} cannot be reserved: ${JSON.stringify(held.body)}`,
      );
  }
  return violations;
}
