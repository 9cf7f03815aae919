import { checkLevelsAtRest } from '../../simulator/checks/level-checker.ts';
import { type Flow, type Harness, SERVICE, STAFF } from './harness.ts';
import { invokeScheduled, MINUTE, stockAt, stockSku } from './steps.ts';

const look = (harness: Harness) => invokeScheduled(harness, 'inventory/look-at-levels', {});

/** Returns the published levels of a SKU: in total, and at a location. */
function levelsOf(harness: Harness, sku: string, locationId: string): string {
  const record = harness.world
    .tableItems('Book')
    .find(({ pk, sk }) => pk === `SKU#${sku}` && sk === 'LEVEL');
  const { total, locations } = (record ?? {}) as {
    total?: { level: string };
    locations?: Record<string, { level: string }>;
  };
  return `${total?.level} ${locations?.[locationId]?.level}`;
}

const expectLevels = (harness: Harness, locationId: string, expected: string): void => {
  const levels = levelsOf(harness, 'tea', locationId);
  if (levels !== expected) harness.addViolation(`the levels of tea are ${levels}, not ${expected}`);
};

async function expectLevelsAtRest(harness: Harness): Promise<void> {
  for (const violation of await checkLevelsAtRest(harness.world)) harness.addViolation(violation);
}

/** Flows of the levels of SKUs: watchers, looks and sweeps. */
export const levelFlows: readonly Flow[] = [
  {
    name: 'a SKU that is sold out in holds is in stock again when they expire',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 3, { lowStockThreshold: 2 });
      await harness.world.settle();
      await look(harness);
      await harness.world.time.wait(2 * MINUTE);
    },
    act: async (harness) => {
      await look(harness);
      await harness.requestOk('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: [{ sku: 'tea', quantity: 3 }], holdSeconds: 60 },
      });
      await harness.world.settle();
      expectLevels(harness, 'main', 'out out');
      await harness.world.time.wait(3 * MINUTE);
      await look(harness);
      await harness.world.settle();
    },
    check: async (harness) => {
      expectLevels(harness, 'main', 'in in');
      await expectLevelsAtRest(harness);
    },
  },
  {
    name: 'a location is taken out of sale, and a sweep follows',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 0);
      await stockAt(harness, 'tea', 'shop', 5);
      await harness.world.settle();
      await look(harness);
      await harness.world.time.wait(2 * MINUTE);
    },
    act: async (harness) => {
      await harness.requestOk('PUT /locations/shop', {
        by: STAFF,
        body: { name: 'Shop', kind: 'store', active: false },
      });
      await harness.world.settle();
      await look(harness);
      await harness.world.settle();
    },
    check: async (harness) => {
      expectLevels(harness, 'shop', 'out out');
      await expectLevelsAtRest(harness);
    },
  },
];
