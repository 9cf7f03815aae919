import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { World } from '../simulator/world.ts';
import { SKUS } from './customers.ts';
import { type ExpectedStock, ORDER_LOCATIONS } from './locations.ts';

const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/simulation/operator' };
const MINUTE = 60 * 1_000;

type LocationStock = {
  readonly locationId: string;
  readonly onHand: number;
  readonly committed: number;
  readonly sellable: number;
};

type StockBody = {
  readonly locations: readonly LocationStock[];
  readonly settings: { readonly safetyStock?: number };
};

/** I4: the receipts and adjustments of each SKU and location sum up to the acknowledged ones. */
export function checkExpectedStock(
  cells: readonly {
    readonly cell: { readonly sku: string; readonly locationId: string };
    readonly movements: readonly Movement[];
  }[],
  expectedStock: ExpectedStock,
): string[] {
  return [...expectedStock.keys()].flatMap((place) => {
    const moved = cells
      .filter(({ cell }) => `${cell.sku}#${cell.locationId}` === place)
      .flatMap(({ movements }) => movements)
      .filter(({ kind }) => kind === 'RECEIVED' || kind === 'ADJUSTED')
      .reduce(
        (sum, { quantity, from }) => sum + (from.account === 'outside' ? quantity : -quantity),
        0,
      );
    return moved === expectedStock.get(place)
      ? []
      : [
          `I4 ${place}: ${expectedStock.get(place)} units were acknowledged, the movements have ${moved}`,
        ];
  });
}

/**
 * I8: after all holds have expired, one reservation can hold all units that orders may take, that
 * are not committed, and that are above the safety stock, so no unit is stuck.
 */
export async function checkLastUnitsSellable(world: World): Promise<string[]> {
  await world.time.wait(20 * MINUTE);
  const violations: string[] = [];
  for (const sku of SKUS) {
    const { body } = await requestWithRetry<StockBody>(world, `GET /stock/${sku}`, { by: STAFF });
    const hasFloor = body.settings.safetyStock !== undefined;
    const quantity = body.locations
      .filter(({ locationId }) => ORDER_LOCATIONS.includes(locationId))
      .reduce(
        (sum, { onHand, committed, sellable }) => sum + (hasFloor ? sellable : onHand - committed),
        0,
      );
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
