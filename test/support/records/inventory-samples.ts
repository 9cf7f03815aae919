import {
  checkpointItem,
  locationItem,
  movementsItem,
  operationItem,
  reservationItem,
  skuItem,
} from '../../../lambdas/inventory/adapters/book-items.ts';
import {
  levelSweepItem,
  stockLevelItem,
} from '../../../lambdas/inventory/adapters/levels/level-records.ts';
import { firstSweep } from '../../../lambdas/inventory/domain/stock/level-sweep.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import type { Item } from '../../../lambdas/shared/dynamodb/item.ts';
import {
  aCellChange,
  aChange,
  aLocation,
  aMovement,
  anOperationRecord,
  aReservation,
  aStockItem,
  aStockLevel,
  NOON,
} from '../inventory.ts';

const cell = { sku: 'tea', locationId: 'main', shard: 0 };
const at = toIso(NOON);
const movement = aMovement({ reservationId: 'res-1', orderId: 'res-1', findingId: 'fnd-1' });

/** Stored records of inventory, by kind. */
export const INVENTORY_SAMPLES: Readonly<Record<string, Item>> = {
  'inventory balance': {
    pk: 'CELL#tea#main#0',
    sk: 'BALANCE',
    type: 'balance',
    ...cell,
    available: 5,
    held: { '1767268800': 2 },
    committed: 1,
    expiredThrough: 1_767_268_000,
    conflicts: 2,
    floor: 1,
    lastCount: {
      countId: 'cnt-1',
      countedAt: NOON,
      counted: 5,
      expected: 6,
      postedAt: NOON,
      by: 'staff',
    },
    version: 7,
    updatedAt: at,
  },
  'inventory movements': movementsItem(
    aCellChange({
      movements: [
        movement,
        aMovement({ from: { account: 'committed', shard: 0, locationId: 'in:inb-1' } }),
      ],
    }),
    aChange(),
  ),
  'inventory checkpoint': {
    ...checkpointItem(cell, {
      through: `MOVE#${at}#op-1`,
      throughAt: NOON,
      accounts: { available: 5, held: { '1767268800': 2 }, committed: 1 },
      positions: [
        `res-1 - ${NOON} 1 1767268800:2`,
        `res-2 ord-2 ${NOON} 1`,
        `res-3 - ${NOON} 1/2/3`,
      ],
    }),
  },
  'inventory reservation': reservationItem(
    aReservation({
      lines: [{ ...cell, quantity: 3, shipped: 1, released: 1 }],
      owner: 'service:shop/checkout',
      steps: [{ stepId: 'parcel-1', kind: 'ship', fingerprint: 'print', at: NOON }],
      extensions: [{ operationId: 'ext-1', fingerprint: 'print', heldUntil: 1_767_268_800 }],
      commitFailure: {
        code: 'RESERVATION_EXPIRED',
        shortages: [{ sku: 'tea', requested: 2, available: 1 }],
      },
      repairs: [
        {
          findingId: 'fnd-1',
          version: 1,
          action: 'followMovements',
          at: NOON,
          statusBefore: 'HELD',
        },
      ],
    }),
    aChange(),
  ),
  'inventory operation': operationItem(
    anOperationRecord({ result: { version: 2 }, entry: { cell, movement } }),
  ),
  'inventory stockItem': skuItem(
    aStockItem({
      name: 'Tea',
      lowStockThreshold: 3,
      safetyStock: { main: 2 },
      countTolerance: { units: 1, percent: 2 },
      shardProposal: {
        at,
        shardCount: 1,
        proposedShardCount: 4,
        changes: 20,
        conflicts: 15,
        isApplied: false,
      },
    }),
  ),
  'inventory stockLevel': stockLevelItem(
    aStockLevel({
      total: {
        level: 'low',
        left: 3,
        lastChange: { at: NOON, sellable: 4, lowStockThreshold: 5 },
      },
      locations: {
        main: { level: 'in', pickup: true, lastChange: { at: NOON, sellable: 3 } },
        annex: { level: 'out' },
      },
      wakeAt: NOON,
    }),
  ),
  'inventory levelSweep': levelSweepItem({
    ...firstSweep(NOON),
    cursor: 'eyJza3UiOiJ0ZWEifQ',
    startsAgain: true,
  }),
  'inventory location': locationItem(
    aLocation({
      pickup: true,
      address: { country: 'DE', postalCode: '10115', city: 'Berlin', lines: ['Yard 2'] },
      timeZone: 'Europe/Berlin',
      externalIds: { erp: 'B-2' },
    }),
  ),
};
