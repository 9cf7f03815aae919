import { readFileSync } from 'node:fs';

export type TableName = 'inventory' | 'orders' | 'payments';
export type Units = { readonly readUnits: number; readonly writeUnits: number };

/** AWS usage of one order, or of one second. */
export type ResourceUsage = {
  /** Requests to API Gateway by route, including requests between services. */
  readonly requests: Readonly<Record<string, number>>;
  /** Total seconds of all functions. */
  readonly functionSeconds: number;
  /** Seconds of the queue consumer that runs longest. */
  readonly consumerSeconds: number;
  readonly executions: number;
  readonly transitions: number;
  readonly events: number;
  /** Events that rules send to targets. */
  readonly deliveries: number;
  readonly tables: Readonly<Record<TableName, Units>>;
};
/**
 * Usage of one order that is placed, paid, completed and shipped; of one that is only placed; and
 * of one read of an order.
 */
export type OrderUsage = {
  readonly completed: ResourceUsage;
  readonly placed: ResourceUsage;
  readonly statusRead: ResourceUsage;
};

type MeasuredDetail = {
  readonly requests: Readonly<Record<string, number>>;
  readonly functions: readonly {
    readonly by: string;
    readonly invocations: number;
    readonly milliseconds: number;
  }[];
  readonly events: Readonly<Record<string, number>>;
  readonly queueRequests: { readonly send: number };
  readonly transitions: Readonly<Record<string, number>>;
};
type Operations = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Operations of an order on each table, as named in bench/budgets/dynamodb-usage.json. Placing an
 * order includes the hold.
 */
const PLACE_OPERATION = 'place and abandon an order';
const RESERVE_OPERATION = 'reserve two lines';
const COMPLETION_OPERATIONS: Readonly<Record<TableName, readonly string[]>> = {
  inventory: ['commit two lines', 'ship two lines'],
  orders: [
    'pay an order',
    'saga: confirm the order',
    'record the stock outcome',
    'complete the order',
    'fulfil an order',
  ],
  payments: ['saga: authorize the payment', 'saga: capture the payment'],
};
const MILLISECONDS_PER_SECOND = 1_000;

const readJson = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

/**
 * Reads the measured usage of an order of two lines: requests, functions, events and transitions
 * from docs/performance/order-cost.json (`npm run bench -- order-cost`), and units of the tables
 * from the ceilings in bench/budgets/dynamodb-usage.json, which a test checks.
 */
export function readMeasuredUsage(): OrderUsage {
  const { details }: { details: Readonly<Record<string, MeasuredDetail>> } = readJson(
    'docs/performance/order-cost.json',
  );
  const operations: Operations = readJson('bench/budgets/dynamodb-usage.json');
  const unitsOf = (...names: readonly string[]): Units => ({
    readUnits: sum(names.map((name) => findBudget(operations, name, 'read units'))),
    writeUnits: sum(names.map((name) => findBudget(operations, name, 'write units'))),
  });
  const reserve = unitsOf(RESERVE_OPERATION);
  const placed: ResourceUsage['tables'] = {
    inventory: reserve,
    orders: subtractUnits(unitsOf(PLACE_OPERATION), reserve),
    payments: NO_UNITS,
  };
  const completed: ResourceUsage['tables'] = {
    inventory: addUnits(placed.inventory, unitsOf(...COMPLETION_OPERATIONS.inventory)),
    orders: addUnits(placed.orders, unitsOf(...COMPLETION_OPERATIONS.orders)),
    payments: addUnits(placed.payments, unitsOf(...COMPLETION_OPERATIONS.payments)),
  };
  const none: ResourceUsage['tables'] = {
    inventory: NO_UNITS,
    orders: NO_UNITS,
    payments: NO_UNITS,
  };
  return {
    completed: usageOf(findDetail(details, 'completed'), completed),
    placed: usageOf(findDetail(details, 'placed'), placed),
    statusRead: usageOf(findDetail(details, 'read by its customer'), {
      ...none,
      orders: { readUnits: 1, writeUnits: 0 },
    }),
  };
}

/** Adds up usages, each multiplied by its number of times. */
export function sumUsage(
  terms: readonly (readonly [needs: ResourceUsage, times: number])[],
): ResourceUsage {
  const weightedSum = (pick: (needs: ResourceUsage) => number): number =>
    sum(terms.map(([needs, times]) => pick(needs) * times));
  const routes = new Set(terms.flatMap(([{ requests }]) => Object.keys(requests)));
  const table = (name: TableName): Units => ({
    readUnits: weightedSum(({ tables }) => tables[name].readUnits),
    writeUnits: weightedSum(({ tables }) => tables[name].writeUnits),
  });
  return {
    requests: Object.fromEntries(
      [...routes].map((route) => [route, weightedSum(({ requests }) => requests[route] ?? 0)]),
    ),
    functionSeconds: weightedSum((needs) => needs.functionSeconds),
    consumerSeconds: weightedSum((needs) => needs.consumerSeconds),
    executions: weightedSum((needs) => needs.executions),
    transitions: weightedSum((needs) => needs.transitions),
    events: weightedSum((needs) => needs.events),
    deliveries: weightedSum((needs) => needs.deliveries),
    tables: { inventory: table('inventory'), orders: table('orders'), payments: table('payments') },
  };
}

function usageOf(
  { requests, functions, events, queueRequests, transitions }: MeasuredDetail,
  tables: ResourceUsage['tables'],
): ResourceUsage {
  const seconds = ({ invocations, milliseconds }: MeasuredDetail['functions'][number]) =>
    (invocations * milliseconds) / MILLISECONDS_PER_SECOND;
  return {
    requests,
    functionSeconds: sum(functions.map(seconds)),
    consumerSeconds: Math.max(0, ...functions.filter(({ by }) => by === 'queue').map(seconds)),
    // All transitions of an order are in one execution of its saga.
    executions: Object.keys(transitions).length > 0 ? 1 : 0,
    transitions: sum(Object.values(transitions)),
    events: sum(Object.values(events)),
    deliveries: queueRequests.send,
    tables,
  };
}

const NO_UNITS: Units = { readUnits: 0, writeUnits: 0 };
const addUnits = (a: Units, b: Units): Units => ({
  readUnits: a.readUnits + b.readUnits,
  writeUnits: a.writeUnits + b.writeUnits,
});
const subtractUnits = (a: Units, b: Units): Units => ({
  readUnits: a.readUnits - b.readUnits,
  writeUnits: a.writeUnits - b.writeUnits,
});
export const sum = (values: readonly number[]): number =>
  values.reduce((before, value) => before + value, 0);

function findDetail(
  details: Readonly<Record<string, MeasuredDetail>>,
  name: string,
): MeasuredDetail {
  const found = details[name];
  if (found === undefined)
    throw new Error(
      `docs/performance/order-cost.json has no "${name}": run npm run bench -- order-cost --save`,
    );
  return found;
}

function findBudget(operations: Operations, name: string, unit: string): number {
  const found = operations[name]?.[unit];
  if (found === undefined)
    throw new Error(
      `bench/budgets/dynamodb-usage.json has no ${unit} of "${name}": run npm run budgets -- dynamodb-usage --update`,
    );
  return found;
}
