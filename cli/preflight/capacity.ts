import {
  measuredNeeds,
  type Needs,
  sum,
  type TableName,
  total,
  type Units,
} from './order-needs.ts';

export type Traffic = {
  /** Orders that are completed each second. */
  readonly ordersPerSecond: number;
  /** Share of the orders placed that nobody pays. */
  readonly abandonedPercent: number;
  /** Looks of customers at each order that is placed. */
  readonly looksPerOrder: number;
};

export const ABANDONED_PERCENT = 60;
export const LOOKS_PER_ORDER = 1;
/**
 * Durations on AWS may be longer than the measured ones, which are of warm functions on one machine. PERFORMANCE.md computes an order's
 * cost with half to five times the measured durations: this is the upper end.
 */
export const DURATION_FACTOR = 5;
/** Functions of a reconciliation at once by default: two workers, and the audit that each waits for. */
export const RECONCILER_FUNCTIONS = 4;
/** Limits are set to twice the mean, so that an uneven second is not answered with 429. */
const HEADROOM = 2;
/** Units that a new on-demand table serves at once, and the least that DynamoDB takes as its warm throughput. */
const NEW_TABLE: Units = { readUnits: 12_000, writeUnits: 4_000 };
const WARM_STEP_UNITS = 1_000;
/** Defaults of lib/config/capacity.ts, which are for one order a second. A test compares them. */
const LEAST = { orders: 50, services: 100, ordersManage: 20, consumers: 2 } as const;

/** Returns what the traffic asks of AWS each second. */
export function loadOf({ ordersPerSecond, abandonedPercent, looksPerOrder }: Traffic): Needs {
  const { completed, placed, look } = measuredNeeds();
  const abandonedPerSecond = (ordersPerSecond * abandonedPercent) / (100 - abandonedPercent);
  return total([
    [completed, ordersPerSecond],
    [placed, abandonedPerSecond],
    [look, (ordersPerSecond + abandonedPerSecond) * looksPerOrder],
  ]);
}

/** A quota of the account in a region, and how much of it a load needs. */
export type QuotaNeed = {
  readonly service: string;
  /** Name in Service Quotas. */
  readonly name: string;
  readonly needed: (load: Needs) => number;
};

export const CONCURRENCY: QuotaNeed = {
  service: 'lambda',
  name: 'Concurrent executions',
  needed: ({ functionSeconds }) => functionSeconds * DURATION_FACTOR + RECONCILER_FUNCTIONS,
};
const largest = (tables: Needs['tables'], unit: keyof Units): number =>
  Math.max(...Object.values(tables).map((units) => units[unit]));
/** https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html names them, by service. */
export const QUOTAS: readonly QuotaNeed[] = [
  CONCURRENCY,
  {
    service: 'apigateway',
    name: 'Throttle rate',
    needed: ({ requests }) => sum(Object.values(requests)),
  },
  {
    service: 'states',
    name: 'StartExecution throttle token refill rate per second',
    needed: ({ executions }) => executions,
  },
  {
    service: 'states',
    name: 'StateTransition throttle token refill rate per second',
    needed: ({ transitions }) => transitions,
  },
  {
    service: 'events',
    name: 'PutEvents throttle limit in transactions per second',
    needed: ({ events }) => events,
  },
  {
    service: 'events',
    name: 'Invocations throttle limit in transactions per second',
    needed: ({ deliveries }) => deliveries,
  },
  {
    service: 'dynamodb',
    name: 'Table-level write throughput limit',
    needed: ({ tables }) => largest(tables, 'writeUnits'),
  },
  {
    service: 'dynamodb',
    name: 'Table-level read throughput limit',
    needed: ({ tables }) => largest(tables, 'readUnits'),
  },
];

/** Returns the settings of a stage for a load, as config/<stage>.json has them; those that are not there keep their default. */
export function settingsFor({
  requests,
  consumerSeconds,
  tables,
}: Needs): Readonly<Record<string, string>> {
  const rateOf = (...routes: readonly string[]): number =>
    ceil(HEADROOM * Math.max(...routes.map((route) => requests[route] ?? 0)));
  const orders = rateOf('POST /orders', 'GET /orders/{orderId}', 'POST /orders/{orderId}/payment');
  const consumers = ceil(consumerSeconds * DURATION_FACTOR);
  const settings: Record<string, string> = {};
  const throttle = (key: string, rate: number, least: number) => {
    if (rate > least) settings[key] = `${rate}/${rate}`;
  };
  throttle('throttleOrders', orders, LEAST.orders);
  // Each order placed calls inventory, and nothing else should reject it.
  throttle('throttleServices', HEADROOM * orders, LEAST.services);
  throttle('throttleOrdersManage', rateOf('POST /orders/{orderId}/fulfilment'), LEAST.ordersManage);
  if (consumers > LEAST.consumers) settings.consumerConcurrency = String(consumers);
  for (const [table, key] of Object.entries(WARM) as [TableName, string][]) {
    const { readUnits, writeUnits } = tables[table];
    if (readUnits > NEW_TABLE.readUnits || writeUnits > NEW_TABLE.writeUnits)
      settings[key] =
        `${warm(readUnits, NEW_TABLE.readUnits)}/${warm(writeUnits, NEW_TABLE.writeUnits)}`;
  }
  return settings;
}

const WARM: Readonly<Record<TableName, string>> = {
  inventory: 'warmInventory',
  orders: 'warmOrders',
  payments: 'warmPayments',
};
const warm = (units: number, least: number): number =>
  Math.max(least, ceil(units / WARM_STEP_UNITS) * WARM_STEP_UNITS);

/** Rounds up, but not what only the binary fractions of a sum have put above a whole number. */
export const ceil = (value: number): number => Math.ceil(Number(value.toFixed(6)));

/** A quota that was read. */
export type Quota = {
  readonly value: number;
  /** True where Service Quotas knows only the value that accounts have by default. */
  readonly isDefault: boolean;
  /** Undefined where it is not known, so that the command to raise it is neither. */
  readonly code: string | undefined;
};
export type Verdict = 'enough' | 'too small' | 'unknown';
export type Checked = Pick<QuotaNeed, 'service' | 'name'> & {
  readonly needed: number;
  readonly quota: Quota | undefined;
  readonly verdict: Verdict;
};

/** Compares each quota with what the load needs. A quota that was not found is unknown, never enough. */
export const checkQuotas = (
  load: Needs,
  found: (need: QuotaNeed) => Quota | undefined,
): readonly Checked[] =>
  QUOTAS.map((need) => {
    const needed = ceil(need.needed(load));
    const quota = found(need);
    const verdict =
      quota === undefined ? 'unknown' : quota.value >= needed ? 'enough' : 'too small';
    return { service: need.service, name: need.name, needed, quota, verdict };
  });

/** Returns the command that asks AWS for a quota that is too small; undefined for any other one. */
export function requestCommand(
  { service, needed, quota, verdict }: Checked,
  region: string,
): string | undefined {
  if (verdict !== 'too small' || quota?.code === undefined) return undefined;
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${quota.code} --desired-value ${needed}`;
}
