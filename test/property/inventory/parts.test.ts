import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Demand,
  type Owner,
  PART_STEPS_MAX,
  type PartKind,
} from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  commitReservation,
  takePartStep,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { putStock, receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { checkCells, checkParts } from '../../simulator/checks/cell-checker.ts';
import {
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  unwrap,
} from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';

const RUNS = Number(process.env.PART_RUNS ?? 1_500);
const OWNER = 'service:shop/checkout';
const SKUS = ['tea', 'cup'];
const ORDERED = 6;

type Step = {
  readonly stepId: string;
  readonly kind: PartKind;
  readonly owner: Owner;
  /** Units by SKU; undefined for all that are open. */
  readonly quantities: readonly [number, number] | undefined;
  /** Requests with this step that are sent at once, as when a response is lost. */
  readonly sendings: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  stepId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  kind: fc.constantFrom('ship' as const, 'release' as const),
  owner: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Owner>(OWNER) },
    { weight: 1, arbitrary: fc.constantFrom<Owner[]>('order', 'inbound', 'service:shop/returns') },
  ),
  quantities: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
    },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  sendings: fc.integer({ min: 1, max: 3 }),
});

const linesOf = ({ quantities }: Step): Demand[] | undefined =>
  quantities &&
  SKUS.map((sku, index) => ({ sku, locationId: 'main', quantity: quantities[index] ?? 0 })).filter(
    ({ quantity }) => quantity > 0,
  );

/** Returns a book with a committed reservation of both SKUs, whose lines may be in two cells. */
async function aBook(shards: number): Promise<MemoryStockStore> {
  const store = new MemoryStockStore();
  for (const sku of SKUS) {
    const receipt = { operationId: `in-${sku}`, sku, quantity: ORDERED + 1 };
    await receiveStock(store, receiveCommand(receipt));
    await putStock(store, { ...context(), sku, shardCount: shards });
    await rebalanceStock(store, { ...context(), sku });
  }
  const lines = SKUS.map((sku) => ({ sku, quantity: ORDERED }));
  unwrap(await reserveStock(store, reserveCommand({ lines, owner: OWNER })));
  await commitReservation(store, commitCommand({ owner: OWNER }));
  return store;
}

/** The required outcome of each step, by SKU. */
class Model {
  readonly open = new Map(SKUS.map((sku) => [sku, ORDERED]));
  readonly shipped = new Map(SKUS.map((sku) => [sku, 0]));
  readonly taken = new Map<string, string>();

  outcomeOf(one: Step): string {
    const body = JSON.stringify([one.kind, one.quantities]);
    if (one.owner !== OWNER) return 'notOwner';
    const earlier = this.taken.get(one.stepId);
    if (earlier !== undefined) return earlier === body ? 'ok' : 'keyReused';
    const units = (sku: string, index: number) => one.quantities?.[index] ?? this.#openOf(sku);
    const isOver = SKUS.every((sku) => this.#openOf(sku) === 0);
    if (isOver || SKUS.some((sku, index) => units(sku, index) > this.#openOf(sku)))
      return 'nothingOpen';
    this.taken.set(one.stepId, body);
    for (const [index, sku] of SKUS.entries()) {
      const quantity = one.quantities === undefined ? this.#openOf(sku) : units(sku, index);
      this.open.set(sku, this.#openOf(sku) - quantity);
      if (one.kind === 'ship') this.shipped.set(sku, (this.shipped.get(sku) ?? 0) + quantity);
    }
    return 'ok';
  }

  get status(): string {
    if (SKUS.some((sku) => this.#openOf(sku) > 0)) return 'COMMITTED';
    return SKUS.some((sku) => (this.shipped.get(sku) ?? 0) > 0) ? 'FULFILLED' : 'RELEASED';
  }

  #openOf(sku: string): number {
    return this.open.get(sku) ?? 0;
  }
}

const send = (store: MemoryStockStore, one: Step, after: number) =>
  takePartStep(store, {
    ...context({ now: NOON + after }),
    reservationId: 'res-1',
    stepId: one.stepId,
    kind: one.kind,
    owner: one.owner,
    fingerprint: JSON.stringify([one.kind, one.quantities]),
    lines: linesOf(one),
  });

const unitsAt = (store: MemoryStockStore, sku: string, account: 'committed' | 'available') =>
  [...store.cells.values()]
    .filter((cell) => cell.sku === sku)
    .reduce((units, cell) => units + cell[account], 0);

describe('parts of a reservation', () => {
  test('are taken once for each step id, by the owner only, and determine the status', async () => {
    const seen = new Map<string, number>();
    const statuses = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 14 }),
        fc.integer({ min: 1, max: 2 }),
        async (steps, shards) => {
          const store = await aBook(shards);
          const model = new Model();
          for (const [index, one] of steps.entries()) {
            const expected = model.outcomeOf(one);
            seen.set(expected, (seen.get(expected) ?? 0) + 1);

            const results = await Promise.all(
              Array.from({ length: one.sendings }, () => send(store, one, index)),
            );

            for (const result of results)
              expect(result.ok ? 'ok' : result.error.kind).toBe(expected);
            const reservation = store.reservations.get('res-1');
            expect(reservation?.status).toBe(model.status);
            for (const sku of SKUS) {
              const open = model.open.get(sku) ?? 0;
              const shipped = model.shipped.get(sku) ?? 0;
              expect(unitsAt(store, sku, 'committed')).toBe(open);
              expect(unitsAt(store, sku, 'available')).toBe(ORDERED + 1 - open - shipped);
            }
          }
          statuses.add(model.status);
          expect(model.taken.size).toBeLessThanOrEqual(PART_STEPS_MAX);
          const cells = [...store.cells].map(([id, cell]) => ({
            id,
            cell,
            movements: store.movements.filter(({ cellId }) => cellId === id),
          }));
          const reservations = [...store.reservations.values()];
          expect(checkCells({ cells, reservations })).toEqual([]);
          expect(checkParts(reservations)).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
    // The test would prove nothing if some outcome never occurred.
    for (const outcome of ['ok', 'nothingOpen', 'keyReused', 'notOwner'])
      expect(seen.get(outcome) ?? 0).toBeGreaterThan(RUNS / 10);
    expect([...statuses].sort()).toEqual(['COMMITTED', 'FULFILLED', 'RELEASED']);
  });
});
