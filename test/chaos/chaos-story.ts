import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import type { Blueprint } from '../simulator/blueprint.ts';
import type { Fault } from '../simulator/calls.ts';
import { EventsKept } from '../simulator/checks/events-kept.ts';
import { booksOf, violationsOf } from '../simulator/checks/invariants.ts';
import { Refusals } from '../simulator/checks/refusals.ts';
import { smoothConditions } from '../simulator/conditions.ts';
import { ask } from '../simulator/functions/client.ts';
import { Limits } from '../simulator/limits.ts';
import { World } from '../simulator/world.ts';
import { badDay, faultKeyOf } from './chaos-conditions.ts';
import { approvingCounts, sendingCounts, takingCounts } from './counters.ts';
import {
  hoarding,
  type Ledger,
  opening,
  SKUS,
  shopping,
  storing,
  wholeLimit,
} from './customers.ts';

export type Story = {
  readonly seed: number;
  readonly customers: number;
  /** Customers that stay at home, and faults that spare their call: for stories made smaller. */
  readonly absent?: ReadonlySet<number>;
  readonly spared?: ReadonlySet<string>;
};

export type Told = {
  readonly violations: readonly string[];
  /** Executions of sagas by how they ended, and orders by where they came to. */
  readonly sagas: Readonly<Record<string, number>>;
  readonly orders: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultKeys: readonly string[];
  readonly invariants: Readonly<Record<string, number>>;
  readonly calls: number;
  /** Every fault, and what each function came to, in order. */
  readonly trace: readonly string[];
  readonly books: unknown;
};

const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/simulation/operator' };
const MINUTE = 60 * 1_000;
const RECONCILE_MINUTES = 15;
const RECONCILE_TIMES = 5;
const MEND_TIMES_MAX = 6;
const STORE_STEPS = 30;
/** Fewer than are wanted, so that some are refused. */
const unitsFor = (customers: number): number => Math.ceil(customers * 0.15);

const count = (counts: Record<string, number>, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

/** A bad day in the shop, and what is left of it when the trouble is over and an operator has done what runbooks say. */
export async function chaos(blueprint: Blueprint, story: Story): Promise<Told> {
  const events = new EventsKept();
  const faults: Record<string, number> = {};
  const faultKeys: string[] = [];
  const trace: string[] = [];
  let calls = 0;
  const refusals: Refusals = new Refusals(() => world);
  const limits: Limits = new Limits(() => world);
  const at = (): string => new Date(world.time.now).toISOString().slice(11, 23);
  const world: World = new World(blueprint, smoothConditions, {
    seed: story.seed,
    onCall: ({ call, fault }) => {
      calls += 1;
      if (fault === undefined || call.attempt > 1) return;
      count(faults, fault satisfies Fault);
      faultKeys.push(faultKeyOf(call));
      trace.push(`${at()} ${call.invocation.name} ${call.service} ${call.operation}: ${fault}`);
    },
    onInvoked: ({ name }, result) => {
      if (!result.ok) trace.push(`${at()} ${name} failed: ${result.error.errorType}`);
    },
    onChange: (tableName, change) => {
      events.changed(tableName, change);
      refusals.changed(change);
      limits.changed(change);
    },
    onEvent: ({ eventId }) => events.told(eventId),
  });
  const shop = { world, refusals };
  const ledger: Ledger = new Map();

  return world.tell(async () => {
    await opening(shop, ledger, unitsFor(story.customers));
    await world.settle();
    const taken = await takingCounts(shop, ledger);
    world.conditions = badDay(story.seed, (key) => story.spared?.has(key) ?? false);
    const there = Array.from({ length: story.customers }, (_, number) => number).filter(
      (one) => !story.absent?.has(one),
    );
    await Promise.all([
      ...there.map((number) => shopping(shop, number, world.chance.of('customer', number))),
      hoarding(shop, world.chance.of('hoarder')),
      storing(shop, ledger, STORE_STEPS, world.chance.of('warehouse')),
      sendingCounts(shop, { taken, ledger }, world.chance.of('counter')),
      reconciling(world),
    ]);
    // The trouble is over: from here on everything comes to its end.
    world.conditions = smoothConditions;
    await world.settle();
    const violations = await mended(world);
    const books = booksOf(world);
    violations.push(
      ...violationsOf(books, world.time.now),
      ...events.violations(),
      ...refusals.violations,
      ...world.serverErrors,
      ...limits.violations,
      ...ledgerViolations(books.cells, ledger),
      ...(await soldOut(world)),
      ...(await wholeLimit(world)),
    );
    const orders: Record<string, number> = {};
    for (const { status } of books.orders) count(orders, status);
    return {
      violations,
      sagas: world.executions.byStatus(),
      orders,
      faults,
      faultKeys,
      invariants: {
        'I1 accounts equal movements': books.cells.length,
        'I2 cells equal reservations': books.cells.length,
        'I3 changes written once': books.operations.length,
        'I4 acknowledged changes kept': ledger.size,
        'I5 orders settled with money and stock': books.orders.length,
        'I6 refunds within captures': books.payments.length,
        'I7 events published': events.count,
        'I8 refusals that were true': refusals.checked,
        'I9 runs that found nothing more': 1,
        'holds within the limits of a customer': limits.checked,
      },
      calls,
      trace,
      books: violations.length === 0 ? undefined : { orders: books.orders, cells: books.cells },
    };
  });
}

async function reconciling(world: World): Promise<void> {
  for (let time = 0; time < RECONCILE_TIMES; time += 1) {
    await world.time.wait(RECONCILE_MINUTES * MINUTE);
    await ask(world, 'POST /reconciliations', {
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
type Found = {
  readonly findingId: string;
  readonly revision: number;
  readonly kind: string;
  readonly subject: string;
  readonly explanation: string;
};

/** What a provider never gives back stays a finding; the order waits for a person, with an alarm. */
const STAYS = new Set(['ORDER_NEEDS_ATTENTION']);

/** What an operator does after a bad day: redrives what was given up, resumes what is parked, reconciles until nothing is found. */
async function mended(world: World): Promise<string[]> {
  let found: readonly Found[] = [];
  for (let time = 0; time < MEND_TIMES_MAX; time += 1) {
    world.queues.redrive();
    await world.settle();
    await world.time.wait(20 * MINUTE);
    const started = await ask<Run>(world, 'POST /reconciliations', {
      by: STAFF,
      key: `mend-${time}`,
      body: { full: true },
    });
    await world.settle();
    const run = await ask<Run>(world, `GET /reconciliations/${started.body.reconciliationId}`, {
      by: STAFF,
    });
    if (run.body.status !== 'COMPLETED') return [`I9 the run ended as ${run.body.status}`];
    const open = await ask<{ items: readonly Found[] }>(
      world,
      'GET /findings?status=open&limit=100',
      {
        by: STAFF,
      },
    );
    found = open.body.items.filter(({ kind }) => !STAYS.has(kind));
    await approvingCounts({ world }, found, time);
    if (run.body.findings === open.body.items.length && found.length === 0 && !world.isBusy) break;
  }
  return found.map(
    ({ kind, subject, explanation }) => `I9 ${kind} ${subject} does not go away: ${explanation}`,
  );
}

/** I4: the shelf has what was acknowledged, less what was shipped; nothing that was refused. */
function ledgerViolations(
  cells: readonly {
    readonly cell: { readonly sku: string };
    readonly movements: readonly Movement[];
  }[],
  ledger: Ledger,
): string[] {
  return [...ledger.keys()].flatMap((sku) => {
    const moved = cells
      .filter(({ cell }) => cell.sku === sku)
      .flatMap(({ movements }) => movements)
      .filter(({ kind }) => kind === 'RECEIVED' || kind === 'ADJUSTED')
      .reduce(
        (sum, { quantity, from }) => sum + (from.account === 'outside' ? quantity : -quantity),
        0,
      );
    return moved === ledger.get(sku)
      ? []
      : [`I4 ${sku}: acknowledged ${ledger.get(sku)}, on the book ${moved}`];
  });
}

/** I8, and that nothing is stuck: when all holds have lapsed, one buyer gets every unit that is not committed. */
async function soldOut(world: World): Promise<string[]> {
  await world.time.wait(20 * MINUTE);
  const violations: string[] = [];
  for (const sku of SKUS) {
    const stock = await ask<{ onHand: number; committed: number }>(world, `GET /stock/${sku}`, {
      by: STAFF,
    });
    const quantity = stock.body.onHand - stock.body.committed;
    if (quantity === 0) continue;
    const lines = [{ sku, quantity }];
    const held = await ask(world, `PUT /reservations/last-${sku}`, {
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
