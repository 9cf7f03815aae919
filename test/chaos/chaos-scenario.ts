import { FloorChecker } from '../simulator/checks/floor-checker.ts';
import { checkInvariants, readSystemState } from '../simulator/checks/invariants.ts';
import { checkLevelsAtRest, LevelChecker } from '../simulator/checks/level-checker.ts';
import { PublishedEvents } from '../simulator/checks/published-events.ts';
import { RejectionChecker } from '../simulator/checks/rejection-checker.ts';
import { idealConditions } from '../simulator/conditions.ts';
import { HoldLimitChecker } from '../simulator/hold-limits.ts';
import type { Fault } from '../simulator/service-calls.ts';
import type { SystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';
import { checkExpectedStock, checkLastUnitsSellable } from './chaos-checks.ts';
import { chaosConditions, faultKeyOf } from './chaos-conditions.ts';
import { checkLimitIsFreeAgain, runCustomer, runHoarder } from './customers.ts';
import { checkLocationRecords, type ExpectedStock, loseDepot } from './locations.ts';
import { runOwnOrders } from './own-orders.ts';
import { lookRepeatedly, reconcileRepeatedly, recoverSystem } from './recovery.ts';
import { submitCounts, takeCounts } from './stock-counts.ts';
import { runWarehouse, setUpShop } from './warehouse.ts';

export type ChaosScenario = {
  readonly seed: number;
  readonly customers: number;
  /** Customers and faults that a reduced scenario omits. */
  readonly absentCustomers?: ReadonlySet<number>;
  readonly suppressedFaults?: ReadonlySet<string>;
};

export type ScenarioReport = {
  readonly violations: readonly string[];
  /** Number of saga executions by result, and of orders by status. */
  readonly sagas: Readonly<Record<string, number>>;
  readonly orders: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultKeys: readonly string[];
  readonly invariants: Readonly<Record<string, number>>;
  readonly calls: number;
  /** Each fault and each failed invocation, in order. */
  readonly trace: readonly string[];
  readonly books: unknown;
};

const WAREHOUSE_STEPS = 30;
/** Orders of another order system, relative to the customers of the shop. */
const OWN_ORDERS_SHARE = 0.25;
/** Returns fewer units than the customers want, so that some are rejected. */
const openingUnitsFor = (customers: number): number => Math.ceil(customers * 0.15);

const increment = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** Runs a shop with injected faults, recovers as the runbooks describe, and checks the result. */
export async function runChaosScenario(
  systemModel: SystemModel,
  scenario: ChaosScenario,
): Promise<ScenarioReport> {
  const publishedEvents = new PublishedEvents();
  const faults: Record<string, number> = {};
  const faultKeys: string[] = [];
  const trace: string[] = [];
  let calls = 0;
  const rejectionChecker: RejectionChecker = new RejectionChecker(() => world);
  const floorChecker = new FloorChecker();
  const levelChecker = new LevelChecker();
  const holdLimitChecker: HoldLimitChecker = new HoldLimitChecker(() => world);
  const timestamp = (): string => new Date(world.time.now).toISOString().slice(11, 23);
  const world: World = new World(systemModel, idealConditions, {
    seed: scenario.seed,
    onCall: ({ call, fault }) => {
      calls += 1;
      if (fault === undefined || call.attempt > 1) return;
      increment(faults, fault satisfies Fault);
      faultKeys.push(faultKeyOf(call));
      trace.push(
        `${timestamp()} ${call.invocation.name} ${call.service} ${call.operation}: ${fault}`,
      );
    },
    onInvoked: ({ name }, result) => {
      if (!result.ok) trace.push(`${timestamp()} ${name} failed: ${result.error.errorType}`);
    },
    onChange: (tableName, change) => {
      publishedEvents.recordChange(tableName, change);
      rejectionChecker.recordChange(change);
      holdLimitChecker.recordChange(change);
      floorChecker.recordChange(change);
      levelChecker.recordChange(change);
    },
    onEvent: ({ eventId }) => publishedEvents.recordPublished(eventId),
  });
  const shop = { world, rejectionChecker };
  const expectedStock: ExpectedStock = new Map();

  return world.run(async () => {
    await setUpShop(shop, expectedStock, openingUnitsFor(scenario.customers));
    await world.settle();
    const counts = await takeCounts(shop, expectedStock);
    world.conditions = chaosConditions(
      scenario.seed,
      (key) => scenario.suppressedFaults?.has(key) ?? false,
    );
    const presentCustomers = Array.from(
      { length: scenario.customers },
      (_, number) => number,
    ).filter((one) => !scenario.absentCustomers?.has(one));
    const ownOrders = Math.ceil(scenario.customers * OWN_ORDERS_SHARE);
    const [ownOrderViolations] = await Promise.all([
      runOwnOrders(shop, ownOrders, world.random.fork('own orders')),
      ...presentCustomers.map((number) =>
        runCustomer(shop, number, world.random.fork('customer', number)),
      ),
      runHoarder(shop, world.random.fork('hoarder')),
      runWarehouse(shop, expectedStock, WAREHOUSE_STEPS, world.random.fork('warehouse')),
      submitCounts(shop, { counts, expectedStock }, world.random.fork('counter')),
      loseDepot(world, world.random.fork('depot')),
      reconcileRepeatedly(world),
      lookRepeatedly(world),
    ]);
    // No more faults, so all work must end.
    world.conditions = idealConditions;
    await world.settle();
    const violations = await recoverSystem(world);
    const levelViolations = await checkLevelsAtRest(world);
    const books = readSystemState(world);
    violations.push(
      ...ownOrderViolations,
      ...checkInvariants(books, world.time.now),
      ...publishedEvents.violations(),
      ...rejectionChecker.violations,
      ...world.serverErrors,
      ...holdLimitChecker.violations,
      ...floorChecker.violations,
      ...checkLocationRecords(world),
      ...levelViolations,
      ...levelChecker.violations,
      ...checkExpectedStock(books.cells, expectedStock),
      ...(await checkLastUnitsSellable(world)),
      ...(await checkLimitIsFreeAgain(world)),
    );
    const orders: Record<string, number> = {};
    for (const { status } of books.orders) increment(orders, status);
    return {
      violations,
      sagas: world.executions.countByStatus(),
      orders,
      faults,
      faultKeys,
      invariants: {
        'I1 accounts equal movements': books.cells.length,
        'I2 cells equal reservations': books.cells.length,
        'I3 changes written once': books.cellOperations.length,
        'I4 acknowledged changes kept': expectedStock.size,
        'I5 orders settled with money and stock': books.orders.length,
        'I6 refunds within captures': books.payments.length,
        'I7 events published': publishedEvents.expectedCount,
        'I8 justified rejections': rejectionChecker.checkedCount,
        'I9 runs without findings': 1,
        'holds within customer limits': holdLimitChecker.checkedCount,
        'holds above safety stock': floorChecker.checkedCount,
        'levels announced in order': levelChecker.checkedCount,
      },
      calls,
      trace,
      books: violations.length === 0 ? undefined : { orders: books.orders, cells: books.cells },
    };
  });
}
