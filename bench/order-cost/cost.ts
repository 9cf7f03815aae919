import { accessLogBytes, functionLogBytes, sagaLogBytes } from './aws-logs.ts';
import { BYTES_PER_EVENT_BILLED, BYTES_PER_GIGABYTE, USD } from './prices.ts';
import type { Settings } from './settings.ts';
import { medianOf, sumOf, transitionCountOf, type Usage, unitTotalsOf } from './usage.ts';

/** The parts of a bill, in the order in which a chart stacks them. */
export const SERVICES = [
  'Step Functions',
  'DynamoDB writes',
  'DynamoDB reads',
  'EventBridge',
  'HTTP',
  'Lambda requests',
  'Lambda time',
  'SQS and SNS',
  'logs',
  'X-Ray',
] as const;
export type Service = (typeof SERVICES)[number];
/** USD for a million of the counted orders. */
export type OrderCost = Readonly<Record<Service, number>>;

const MILLION = 1e6;
const MILLISECONDS_PER_SECOND = 1_000;
const MEGABYTES_PER_GIGABYTE = 1_024;

/** False for the table of the sandbox provider: a real provider keeps its own. */
export const isOwnTable = (table: string): boolean => table !== 'provider';

export const totalCostOf = (bill: OrderCost): number => sumOf(SERVICES, (service) => bill[service]);

export const multiplyCost = (bill: OrderCost, times: number): OrderCost =>
  mapServices((service) => bill[service] * times);
export const addCosts = (one: OrderCost, other: OrderCost): OrderCost =>
  mapServices((service) => one[service] + other[service]);
const mapServices = (of: (service: Service) => number): OrderCost =>
  Object.fromEntries(SERVICES.map((service) => [service, of(service)])) as OrderCost;

export type CostOptions = {
  /** Number of counted orders. */
  readonly orders: number;
  /** Ratio of a function's time on AWS to the time measured here. Default 1. */
  readonly timeFactor?: number;
};

/** Returns the cost of a million orders, of which `orders` were counted. */
export function costOfMillion(
  tally: Usage,
  settings: Settings,
  { orders, timeFactor = 1 }: CostOptions,
): OrderCost {
  const { readUnits, writeUnits } = unitTotalsOf(tally, isOwnTable);
  const { send, receive, delete: deleted } = tally.queueRequests;
  const events = [...tally.events.values()];
  const billedEvents = sumOf(events, ({ count, bytes }) =>
    Math.max(count, Math.ceil(bytes / BYTES_PER_EVENT_BILLED)),
  );
  const archived = settings.isArchived
    ? sumOf(events, ({ bytes }) => bytes) / BYTES_PER_GIGABYTE
    : 0;
  const logBytes =
    functionLogBytes(tally, settings) +
    accessLogBytes(tally, settings) +
    sagaLogBytes(tally, settings);
  const usd: OrderCost = {
    'Step Functions': transitionCountOf(tally) * USD.perTransition,
    'DynamoDB writes': writeUnits * USD.perWriteUnit,
    'DynamoDB reads': readUnits * USD.perReadUnit,
    EventBridge: billedEvents * USD.perEvent + archived * USD.perArchivedGigabyte,
    HTTP: sumOf(tally.requests.values(), ({ count }) => count) * USD.perHttpRequest,
    'Lambda requests': sumOf(tally.invocations.values(), ({ count }) => count) * USD.perInvocation,
    'Lambda time': gigabyteSecondsOf(tally, settings, timeFactor) * USD.perGigabyteSecond,
    'SQS and SNS': (send + receive + deleted) * USD.perQueueRequest,
    logs: (logBytes / BYTES_PER_GIGABYTE) * USD.perLogGigabyte,
    'X-Ray': traceCountOf(tally, settings) * settings.tracedShare * USD.perTrace,
  };
  return multiplyCost(usd, MILLION / orders);
}

/**
 * Returns GB-seconds. An invocation is billed by the whole millisecond; the median of a function's
 * times is used for each.
 */
export const gigabyteSecondsOf = (
  { invocations }: Usage,
  { functions }: Settings,
  timeFactor = 1,
): number =>
  sumOf(invocations.values(), ({ functionName, count, milliseconds }) => {
    const memoryMegabytes = functions.get(functionName)?.memoryMegabytes;
    if (memoryMegabytes === undefined)
      throw new Error(`The templates have no function ${functionName}.`);
    const each = Math.ceil(medianOf(milliseconds) * timeFactor);
    return ((count * each) / MILLISECONDS_PER_SECOND) * (memoryMegabytes / MEGABYTES_PER_GIGABYTE);
  });

/**
 * Counts traces. An execution and everything that its steps run are one trace; any other source of
 * an invocation starts one.
 */
function traceCountOf(
  { invocations, transitions }: Usage,
  { functions, machines }: Settings,
): number {
  const started = sumOf(invocations.values(), ({ functionName, by, count }) =>
    by !== 'saga' && functions.get(functionName)?.isTraced ? count : 0,
  );
  const executions = sumOf(transitions.values(), ({ machineName, stateName, count }) => {
    const machine = machines.get(machineName);
    return machine?.isTraced && machine.startAt === stateName ? count : 0;
  });
  return started + executions;
}
