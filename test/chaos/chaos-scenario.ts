import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import { checkInvariants, readSystemState } from '../simulator/checks/invariants.ts';
import { PublishedEvents } from '../simulator/checks/published-events.ts';
import { RejectionChecker } from '../simulator/checks/rejection-checker.ts';
import { idealConditions } from '../simulator/conditions.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import { HoldLimitChecker } from '../simulator/hold-limits.ts';
import type { Fault } from '../simulator/service-calls.ts';
import type { SystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';
import { chaosConditions, faultKeyOf } from './chaos-conditions.ts';
import {
  checkLimitIsFreeAgain,
  type ExpectedStock,
  runCustomer,
  runHoarder,
  runWarehouse,
  SKUS,
  setUpShop,
} from './customers.ts';
import { approveCounts, submitCounts, takeCounts } from './stock-counts.ts';

export type ChaosScenario = {
  readonly seed: number;
  readonly customers: number;
  /** Customers and faults that a reduced scenario leaves out. */
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
  /** Every fault, and the result of each function, in order. */
  readonly trace: readonly string[];
  readonly books: unknown;
};

const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/simulation/operator' };
const MINUTE = 60 * 1_000;
const RECONCILIATION_INTERVAL_MINUTES = 15;
const RECONCILIATIONS = 5;
const RECOVERY_ROUNDS_MAX = 6;
const WAREHOUSE_STEPS = 30;
/** Returns fewer units than customers want, so that some are rejected. */
const openingUnitsFor = (customers: number): number => Math.ceil(customers * 0.15);

const increment = (counts: Record<string, number>, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

/** Runs a bad day of the shop, then recovers as the runbooks describe, and checks the result. */
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
    await Promise.all([
      ...presentCustomers.map((number) =>
        runCustomer(shop, number, world.random.fork('customer', number)),
      ),
      runHoarder(shop, world.random.fork('hoarder')),
      runWarehouse(shop, expectedStock, WAREHOUSE_STEPS, world.random.fork('warehouse')),
      submitCounts(shop, { counts, expectedStock }, world.random.fork('counter')),
      reconcileRepeatedly(world),
    ]);
    // The faults are over: from here on everything comes to an end.
    world.conditions = idealConditions;
    await world.settle();
    const violations = await recoverSystem(world);
    const books = readSystemState(world);
    violations.push(
      ...checkInvariants(books, world.time.now),
      ...publishedEvents.violations(),
      ...rejectionChecker.violations,
      ...world.serverErrors,
      ...holdLimitChecker.violations,
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
      },
      calls,
      trace,
      books: violations.length === 0 ? undefined : { orders: books.orders, cells: books.cells },
    };
  });
}

async function reconcileRepeatedly(world: World): Promise<void> {
  for (let time = 0; time < RECONCILIATIONS; time += 1) {
    await world.time.wait(RECONCILIATION_INTERVAL_MINUTES * MINUTE);
    await requestWithRetry(world, 'POST /reconciliations', {
      by: STAFF,
      key: `run-${time}`,
      body: { full: time % 2 === 1 },
    });
  }
}

type Run = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly findings: number;
};
type FindingSummary = {
  readonly findingId: string;
  readonly revision: number;
  readonly kind: string;
  readonly subject: string;
  readonly explanation: string;
};

/**
 * A refund that the provider always rejects stays a finding; the order waits for a person, with an
 * alarm.
 */
const UNREPAIRABLE_KINDS = new Set(['ORDER_NEEDS_ATTENTION']);

/**
 * Recovers as an operator does after a bad day: redrives dead letters, resumes orders that need
 * attention, reconciles until nothing is found.
 */
async function recoverSystem(world: World): Promise<string[]> {
  let remaining: readonly FindingSummary[] = [];
  for (let time = 0; time < RECOVERY_ROUNDS_MAX; time += 1) {
    world.queues.redrive();
    await world.settle();
    await world.time.wait(20 * MINUTE);
    const started = await requestWithRetry<Run>(world, 'POST /reconciliations', {
      by: STAFF,
      key: `mend-${time}`,
      body: { full: true },
    });
    await world.settle();
    const run = await requestWithRetry<Run>(
      world,
      `GET /reconciliations/${started.body.reconciliationId}`,
      {
        by: STAFF,
      },
    );
    if (run.body.status !== 'COMPLETED') return [`I9 the run ended as ${run.body.status}`];
    const open = await requestWithRetry<{ items: readonly FindingSummary[] }>(
      world,
      'GET /findings?status=open&limit=100',
      {
        by: STAFF,
      },
    );
    remaining = open.body.items.filter(({ kind }) => !UNREPAIRABLE_KINDS.has(kind));
    await approveCounts({ world }, remaining, time);
    if (run.body.findings === open.body.items.length && remaining.length === 0 && !world.isBusy)
      break;
  }
  return remaining.map(
    ({ kind, subject, explanation }) => `I9 ${kind} ${subject} does not go away: ${explanation}`,
  );
}

/**
 * I4: the shelf has the acknowledged units, less the shipped ones, and none of a rejected request.
 */
function checkExpectedStock(
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
      : [`I4 ${sku}: acknowledged ${expectedStock.get(sku)}, on the book ${moved}`];
  });
}

/**
 * I8, and that no unit is stuck: when all holds have expired, one buyer gets every unit that is not
 * committed.
 */
async function checkLastUnitsSellable(world: World): Promise<string[]> {
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
        `I8 the last ${quantity} of ${sku} cannot be held: ${JSON.stringify(held.body)}`,
      );
  }
  return violations;
}
