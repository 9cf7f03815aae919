import { readFileSync } from 'node:fs';

export type TableName = 'inventory' | 'orders' | 'payments';
export type Units = { readonly readUnits: number; readonly writeUnits: number };

/** What something asks of AWS: once, or each second. */
export type Needs = {
  /** Requests to API Gateway by route, those from service to service too. */
  readonly requests: Readonly<Record<string, number>>;
  /** Seconds for which functions run, of all functions together. */
  readonly functionSeconds: number;
  /** The same of the consumer of a queue that runs longest. */
  readonly consumerSeconds: number;
  readonly executions: number;
  readonly transitions: number;
  readonly events: number;
  /** Events that a rule sends to a target. */
  readonly deliveries: number;
  readonly tables: Readonly<Record<TableName, Units>>;
};
/** The needs of one order that is placed, paid, completed and shipped; of one that is only placed; and of a look at one. */
export type OrderNeeds = {
  readonly completed: Needs;
  readonly placed: Needs;
  readonly look: Needs;
};

type Detail = {
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

/** The operations of an order on each table: names of bench/budgets/operations.json. Placing one includes the hold. */
const PLACE = 'place an order, and abandon it';
const HOLD = 'reserve two lines';
const COMPLETE: Readonly<Record<TableName, readonly string[]>> = {
  inventory: ['commit two lines', 'ship two lines'],
  orders: [
    'pay an order',
    'saga: confirm the order',
    "record inventory's answer",
    'complete the order',
    'fulfil an order',
  ],
  payments: ['saga: authorize the payment', 'saga: capture the payment'],
};
const MILLISECONDS_PER_SECOND = 1_000;

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

/**
 * Reads what an order of two lines needs, as it was measured: requests, functions, events and transitions by `npm run bench:order`
 * (docs/performance/order.json), units of the tables by the ceilings of bench/budgets/operations.json, which a test holds.
 */
export function measuredNeeds(): OrderNeeds {
  const { inDetail }: { inDetail: Readonly<Record<string, Detail>> } = read(
    'docs/performance/order.json',
  );
  const operations: Operations = read('bench/budgets/operations.json');
  const unitsOf = (...names: readonly string[]): Units => ({
    readUnits: sum(names.map((name) => figure(operations, name, 'read units'))),
    writeUnits: sum(names.map((name) => figure(operations, name, 'write units'))),
  });
  const held = unitsOf(HOLD);
  const placed: Needs['tables'] = {
    inventory: held,
    orders: minus(unitsOf(PLACE), held),
    payments: NO_UNITS,
  };
  const completed: Needs['tables'] = {
    inventory: plus(placed.inventory, unitsOf(...COMPLETE.inventory)),
    orders: plus(placed.orders, unitsOf(...COMPLETE.orders)),
    payments: plus(placed.payments, unitsOf(...COMPLETE.payments)),
  };
  const none: Needs['tables'] = { inventory: NO_UNITS, orders: NO_UNITS, payments: NO_UNITS };
  return {
    completed: needsOf(detail(inDetail, 'completed'), completed),
    placed: needsOf(detail(inDetail, 'placed'), placed),
    look: needsOf(detail(inDetail, 'a look of its customer'), {
      ...none,
      orders: { readUnits: 1, writeUnits: 0 },
    }),
  };
}

/** Adds up needs, each so many times. */
export function total(parts: readonly (readonly [needs: Needs, times: number])[]): Needs {
  const of = (pick: (needs: Needs) => number): number =>
    sum(parts.map(([needs, times]) => pick(needs) * times));
  const routes = new Set(parts.flatMap(([{ requests }]) => Object.keys(requests)));
  const table = (name: TableName): Units => ({
    readUnits: of(({ tables }) => tables[name].readUnits),
    writeUnits: of(({ tables }) => tables[name].writeUnits),
  });
  return {
    requests: Object.fromEntries(
      [...routes].map((route) => [route, of(({ requests }) => requests[route] ?? 0)]),
    ),
    functionSeconds: of((needs) => needs.functionSeconds),
    consumerSeconds: of((needs) => needs.consumerSeconds),
    executions: of((needs) => needs.executions),
    transitions: of((needs) => needs.transitions),
    events: of((needs) => needs.events),
    deliveries: of((needs) => needs.deliveries),
    tables: { inventory: table('inventory'), orders: table('orders'), payments: table('payments') },
  };
}

function needsOf(
  { requests, functions, events, queueRequests, transitions }: Detail,
  tables: Needs['tables'],
): Needs {
  const seconds = ({ invocations, milliseconds }: Detail['functions'][number]) =>
    (invocations * milliseconds) / MILLISECONDS_PER_SECOND;
  return {
    requests,
    functionSeconds: sum(functions.map(seconds)),
    consumerSeconds: Math.max(0, ...functions.filter(({ by }) => by === 'queue').map(seconds)),
    // Every transition of an order is in one execution of its saga.
    executions: Object.keys(transitions).length > 0 ? 1 : 0,
    transitions: sum(Object.values(transitions)),
    events: sum(Object.values(events)),
    deliveries: queueRequests.send,
    tables,
  };
}

const NO_UNITS: Units = { readUnits: 0, writeUnits: 0 };
const plus = (a: Units, b: Units): Units => ({
  readUnits: a.readUnits + b.readUnits,
  writeUnits: a.writeUnits + b.writeUnits,
});
const minus = (a: Units, b: Units): Units => ({
  readUnits: a.readUnits - b.readUnits,
  writeUnits: a.writeUnits - b.writeUnits,
});
export const sum = (values: readonly number[]): number =>
  values.reduce((before, value) => before + value, 0);

function detail(inDetail: Readonly<Record<string, Detail>>, name: string): Detail {
  const found = inDetail[name];
  if (found === undefined)
    throw new Error(
      `docs/performance/order.json has no "${name}": run npm run bench:order -- --save`,
    );
  return found;
}

function figure(operations: Operations, name: string, unit: string): number {
  const found = operations[name]?.[unit];
  if (found === undefined)
    throw new Error(
      `bench/budgets/operations.json has no ${unit} of "${name}": run npm run budgets -- operations`,
    );
  return found;
}
