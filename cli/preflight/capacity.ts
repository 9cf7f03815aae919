import {
  type ResourceUsage,
  readMeasuredUsage,
  sum,
  sumUsage,
  type TableName,
  type Units,
} from './order-usage.ts';

export type Traffic = {
  /** Orders completed per second. */
  readonly ordersPerSecond: number;
  /** Share of placed orders that are never paid. */
  readonly abandonedPercent: number;
  /** Reads of each placed order by its customer. */
  readonly readsPerOrder: number;
};

export const ABANDONED_PERCENT = 60;
export const READS_PER_ORDER = 1;
/**
 * Factor between measured durations and durations on AWS. The measured ones are of warm functions
 * on one machine. PERFORMANCE.md computes an order's cost with half to five times the measured
 * durations: this is the upper end.
 */
export const DURATION_FACTOR = 5;
/**
 * Concurrent functions of a reconciliation by default: two workers, and the audit that each waits
 * for.
 */
export const RECONCILER_FUNCTIONS = 4;
/** Limits are twice the mean, so that an uneven second causes no 429. */
const HEADROOM_FACTOR = 2;
/**
 * Units that a new on-demand table serves at once. Also the smallest warm throughput that DynamoDB
 * accepts.
 */
const NEW_TABLE_UNITS: Units = { readUnits: 12_000, writeUnits: 4_000 };
const WARM_THROUGHPUT_STEP_UNITS = 1_000;
/** Defaults of lib/config/capacity.ts, which are for one order per second. A test compares them. */
const DEFAULT_LIMITS = { orders: 50, services: 100, ordersManage: 20, consumers: 2 } as const;

/** Returns the AWS usage per second of the traffic. */
export function loadFor({
  ordersPerSecond,
  abandonedPercent,
  readsPerOrder,
}: Traffic): ResourceUsage {
  const { completed, placed, statusRead } = readMeasuredUsage();
  const abandonedPerSecond = (ordersPerSecond * abandonedPercent) / (100 - abandonedPercent);
  return sumUsage([
    [completed, ordersPerSecond],
    [placed, abandonedPerSecond],
    [statusRead, (ordersPerSecond + abandonedPerSecond) * readsPerOrder],
  ]);
}

/** Quota of the account in a region, and how much of it a load needs. */
export type QuotaRequirement = {
  readonly service: string;
  /** Name in Service Quotas. */
  readonly name: string;
  readonly requiredFor: (load: ResourceUsage) => number;
};

export const CONCURRENCY_REQUIREMENT: QuotaRequirement = {
  service: 'lambda',
  name: 'Concurrent executions',
  requiredFor: ({ functionSeconds }) => functionSeconds * DURATION_FACTOR + RECONCILER_FUNCTIONS,
};
const maxUnits = (tables: ResourceUsage['tables'], unit: keyof Units): number =>
  Math.max(...Object.values(tables).map((units) => units[unit]));
/**
 * Quotas that a load needs.
 * https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html lists their names, by
 * service.
 */
export const QUOTA_REQUIREMENTS: readonly QuotaRequirement[] = [
  CONCURRENCY_REQUIREMENT,
  {
    service: 'apigateway',
    name: 'Throttle rate',
    requiredFor: ({ requests }) => sum(Object.values(requests)),
  },
  {
    service: 'states',
    name: 'StartExecution throttle token refill rate per second',
    requiredFor: ({ executions }) => executions,
  },
  {
    service: 'states',
    name: 'StateTransition throttle token refill rate per second',
    requiredFor: ({ transitions }) => transitions,
  },
  {
    service: 'events',
    name: 'PutEvents throttle limit in transactions per second',
    requiredFor: ({ events }) => events,
  },
  {
    service: 'events',
    name: 'Invocations throttle limit in transactions per second',
    requiredFor: ({ deliveries }) => deliveries,
  },
  {
    service: 'dynamodb',
    name: 'Table-level write throughput limit',
    requiredFor: ({ tables }) => maxUnits(tables, 'writeUnits'),
  },
  {
    service: 'dynamodb',
    name: 'Table-level read throughput limit',
    requiredFor: ({ tables }) => maxUnits(tables, 'readUnits'),
  },
];

/**
 * Returns the settings of a stage for a load, in the form of config/<stage>.json. Settings that are
 * absent keep their default.
 */
export function recommendSettings({
  requests,
  consumerSeconds,
  tables,
}: ResourceUsage): Readonly<Record<string, string>> {
  const rateOf = (...routes: readonly string[]): number =>
    roundUp(HEADROOM_FACTOR * Math.max(...routes.map((route) => requests[route] ?? 0)));
  const orders = rateOf('POST /orders', 'GET /orders/{orderId}', 'POST /orders/{orderId}/payment');
  const consumers = roundUp(consumerSeconds * DURATION_FACTOR);
  const settings: Record<string, string> = {};
  const throttle = (key: string, rate: number, defaultRate: number) => {
    if (rate > defaultRate) settings[key] = `${rate}/${rate}`;
  };
  throttle('throttleOrders', orders, DEFAULT_LIMITS.orders);
  // Each placed order calls inventory, so this limit must not reject what the other one accepts.
  throttle('throttleServices', HEADROOM_FACTOR * orders, DEFAULT_LIMITS.services);
  throttle(
    'throttleOrdersManage',
    rateOf('POST /orders/{orderId}/fulfilment'),
    DEFAULT_LIMITS.ordersManage,
  );
  if (consumers > DEFAULT_LIMITS.consumers) settings.consumerConcurrency = String(consumers);
  for (const [table, key] of Object.entries(WARM_THROUGHPUT_KEYS) as [TableName, string][]) {
    const { readUnits, writeUnits } = tables[table];
    if (readUnits > NEW_TABLE_UNITS.readUnits || writeUnits > NEW_TABLE_UNITS.writeUnits)
      settings[key] =
        `${warmThroughput(readUnits, NEW_TABLE_UNITS.readUnits)}/${warmThroughput(writeUnits, NEW_TABLE_UNITS.writeUnits)}`;
  }
  return settings;
}

const WARM_THROUGHPUT_KEYS: Readonly<Record<TableName, string>> = {
  inventory: 'warmInventory',
  orders: 'warmOrders',
  payments: 'warmPayments',
};
const warmThroughput = (units: number, minimum: number): number =>
  Math.max(minimum, roundUp(units / WARM_THROUGHPUT_STEP_UNITS) * WARM_THROUGHPUT_STEP_UNITS);

/** Rounds up, but ignores the binary fraction that a sum can add to a whole number. */
export const roundUp = (value: number): number => Math.ceil(Number(value.toFixed(6)));

/** Quota as read from AWS. */
export type Quota = {
  readonly value: number;
  /** True when Service Quotas has only the default value of all accounts. */
  readonly isDefault: boolean;
  /** Code of the quota, for the command that increases it. Undefined when it is not known. */
  readonly code: string | undefined;
};
export type Verdict = 'enough' | 'too small' | 'unknown';
export type QuotaCheck = Pick<QuotaRequirement, 'service' | 'name'> & {
  readonly required: number;
  readonly quota: Quota | undefined;
  readonly verdict: Verdict;
};

/** Compares each quota with what the load needs. A missing quota is unknown, never enough. */
export const checkQuotas = (
  load: ResourceUsage,
  quotaOf: (requirement: QuotaRequirement) => Quota | undefined,
): readonly QuotaCheck[] =>
  QUOTA_REQUIREMENTS.map((requirement) => {
    const required = roundUp(requirement.requiredFor(load));
    const quota = quotaOf(requirement);
    const verdict =
      quota === undefined ? 'unknown' : quota.value >= required ? 'enough' : 'too small';
    return {
      service: requirement.service,
      name: requirement.name,
      required: required,
      quota,
      verdict,
    };
  });

/**
 * Returns the command that requests an increase of a quota that is too small, or undefined for any
 * other quota.
 */
export function quotaIncreaseCommand(
  { service, required, quota, verdict }: QuotaCheck,
  region: string,
): string | undefined {
  if (verdict !== 'too small' || quota?.code === undefined) return undefined;
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${quota.code} --desired-value ${required}`;
}
