import type { Item, Value } from '../../simulator/dynamodb/values.ts';
import { type Flow, type Harness, SERVICE, STAFF } from './harness.ts';
import { expectClosedFinding, expectNoFindings, reconcile } from './reconciliation-steps.ts';
import {
  DAY,
  expectStock,
  placeAndPayOrder,
  placeUnpaidOrder,
  type StockQuantities,
  stockAt,
  stockSku,
} from './steps.ts';

/** A change of items that bypasses the functions. */
type Drift = {
  readonly table: 'Book' | 'Orders';
  readonly matches: (item: Item) => boolean;
  /** Returns the changed item, or undefined to delete it. */
  readonly change: (item: Item) => Item | undefined;
};

type DriftCase = {
  readonly name: string;
  /** Sets up the records before the drift; by default, an order that completed a day ago. */
  readonly prepare?: (harness: Harness) => Promise<void>;
  readonly drifts: readonly Drift[];
  /** Number of runs that the repair takes. */
  readonly runs?: number;
  readonly allowedOrderStatuses: readonly (readonly string[])[];
  /** Expected stock by SKU after the repair. */
  readonly stock?: Readonly<Record<string, StockQuantities>>;
};

/** Earlier than the grace period of every check. */
const LONG_AGO: Value = { S: '2026-11-01T00:00:00.000Z' };
const ALL_SOLD = { tea: { onHand: 10, available: 8, committed: 2 } };
const ALL_RETURNED = { tea: { onHand: 10, available: 10, committed: 0 } };

const isOfType = (type: string) => (item: Item) => item.type?.S === type;
const isBalanceOf = (sku: string) => (item: Item) =>
  item.type?.S === 'balance' && item.sku?.S === sku;
const isMovement = (kind: string, sku: string) => (item: Item) =>
  item.type?.S === 'movements' &&
  item.movements?.L?.[0]?.M?.kind?.S === kind &&
  item.sku?.S === sku;
const addUnits = (value: Value | undefined, units: number): Value => ({
  N: String(Number(value?.N) + units),
});

const isLocation = (locationId: string) => (item: Item) =>
  item.type?.S === 'location' && item.locationId?.S === locationId;

const deletion = (matches: Drift['matches']): Drift => ({
  table: 'Book',
  matches,
  change: () => undefined,
});

/** Returns a change of the order's status that happened long ago and left no trace. */
const orderStatusDrift = (status: string, changes: (item: Item) => Item = () => ({})): Drift => ({
  table: 'Orders',
  matches: isOfType('order'),
  change: (item) => ({
    ...item,
    status: { S: status },
    ...changes(item),
    timeline: { L: [] },
    createdAt: LONG_AGO,
    updatedAt: LONG_AGO,
  }),
});

async function completeOrderYesterday(harness: Harness): Promise<void> {
  await placeAndPayOrder('pm_ok')(harness);
  await harness.world.time.wait(DAY);
}

/** Throws if the drift changed nothing, because the flow would prove nothing. */
function injectDrift(harness: Harness, { table, matches, change }: Drift): void {
  if (harness.injectDrift(table, matches, change) === 0)
    throw new Error(`The drift changed no item of ${table}.`);
}

/** Returns a flow that injects drift, reconciles, and expects that another run finds nothing. */
const driftFlow = ({
  name,
  prepare = completeOrderYesterday,
  drifts,
  runs = 1,
  allowedOrderStatuses,
  stock = {},
}: DriftCase): Flow => ({
  name,
  prepare: async (harness) => {
    await prepare(harness);
    for (const drift of drifts) injectDrift(harness, drift);
    await harness.world.settle();
  },
  act: async (harness) => {
    await reconcile(harness, 'first');
  },
  allowedOrderStatuses,
  check: async (harness) => {
    for (let run = 2; run <= runs; run += 1) await reconcile(harness, `run-${run}`);
    await expectNoFindings(harness);
    for (const [sku, wanted] of Object.entries(stock)) await expectStock(sku, wanted)(harness);
  },
});

/** Flows in which the inventory's records have drifted apart. */
export const bookDriftFlows: readonly Flow[] = [
  driftFlow({
    name: 'a run repairs a balance and missing movements',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await stockSku(harness, 'pot', 5);
      await stockSku(harness, 'jar', 5);
      await harness.world.time.wait(DAY);
    },
    drifts: [
      {
        table: 'Book',
        matches: isBalanceOf('jar'),
        change: (item) => ({
          ...item,
          available: addUnits(item.available, 3),
          version: addUnits(item.version, 1),
        }),
      },
      deletion(isMovement('RECEIVED', 'pot')),
      deletion(isMovement('RESERVED', 'cup')),
    ],
    allowedOrderStatuses: [['COMPLETED']],
    stock: { jar: { onHand: 5, available: 5 } },
  }),
  // One cause leads to two findings. The attempted repair of the first prevents the run from
  // repairing the second, so the repair takes two runs.
  driftFlow({
    name: 'a run repairs a reservation that disagrees with its units',
    drifts: [
      {
        table: 'Book',
        matches: isOfType('reservation'),
        change: (item) => ({
          ...item,
          status: { S: 'HELD' },
          version: addUnits(item.version, 1),
        }),
      },
    ],
    runs: 2,
    allowedOrderStatuses: [['COMPLETED']],
    stock: ALL_SOLD,
  }),
  driftFlow({
    name: 'a run restores a missing reservation',
    drifts: [deletion(isOfType('reservation'))],
    runs: 2,
    allowedOrderStatuses: [['COMPLETED']],
    stock: ALL_SOLD,
  }),
  {
    name: 'a run finds a location without a record, and staff store it again',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 2);
      await stockAt(harness, 'tea', 'annex', 5);
      injectDrift(harness, deletion(isLocation('annex')));
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
      const body = { name: 'Annex', kind: 'warehouse' };
      await harness.requestOk('PUT /locations/annex', { by: STAFF, body });
    },
    check: async (harness) => {
      await expectNoFindings(harness);
      await expectClosedFinding(harness, 'LOCATION_MISSING location:annex');
      await harness.requestOk('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: [{ sku: 'tea', quantity: 7 }], holdSeconds: 600 },
      });
    },
  },
];

/** Flows in which an order has drifted from its stock, its payment or its saga. */
export const orderDriftFlows: readonly Flow[] = [
  driftFlow({
    name: 'a run returns the stock and the payment of a cancelled order',
    drifts: [orderStatusDrift('CANCELLED')],
    allowedOrderStatuses: [['CANCELLED']],
    stock: ALL_RETURNED,
  }),
  driftFlow({
    name: 'a run starts a saga that was never started',
    prepare: placeUnpaidOrder,
    drifts: [
      orderStatusDrift('PAYING', ({ orderId }) => ({
        saga: { M: { machine: { S: 'process' }, name: { S: `${orderId?.S}-1` } } },
        payment: {
          M: { status: { S: 'PENDING' }, attempt: { N: '1' }, paymentMethod: { S: 'pm_ok' } },
        },
      })),
    ],
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  }),
  driftFlow({
    name: 'a run completes an order whose capture was not recorded',
    drifts: [orderStatusDrift('CONFIRMED')],
    allowedOrderStatuses: [['COMPLETED']],
    stock: ALL_SOLD,
  }),
  driftFlow({
    name: 'a run resumes an order that needs attention',
    drifts: [orderStatusDrift('NEEDS_ATTENTION')],
    allowedOrderStatuses: [['CANCELLED']],
    stock: ALL_RETURNED,
  }),
];
