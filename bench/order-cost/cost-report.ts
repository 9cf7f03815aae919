import { accessLogBytes, functionLogBytes, sagaLogBytes } from './aws-logs.ts';
import {
  costOfMillion,
  gigabyteSecondsOf,
  isOwnTable,
  type OrderCost,
  SERVICES,
  totalCostOf,
} from './cost.ts';
import type { Settings } from './settings.ts';
import { medianOf, sumOf, transitionCountOf, type Usage, unitTotalsOf } from './usage.ts';

const roundTo = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Returns the cost with cents, and its sum. */
export const toRoundedCost = (bill: OrderCost) => ({
  ...Object.fromEntries(SERVICES.map((service) => [service, roundTo(bill[service])])),
  total: roundTo(totalCostOf(bill)),
});

/** Returns the usage of one order, from the usage of `orders` orders. */
export function usagePerOrder(tally: Usage, settings: Settings, orders: number) {
  const each = (total: number): number => roundTo(total / orders, 3);
  const ours = unitTotalsOf(tally, isOwnTable);
  const provider = unitTotalsOf(tally, (table) => !isOwnTable(table));
  const { send, receive, delete: deleted } = tally.queueRequests;
  const requests = [...tally.requests.values()];
  return {
    httpRequests: each(sumOf(requests, ({ count }) => count)),
    httpRequestsOfServices: each(
      sumOf(requests, ({ count, access }) => (access === 'iam' ? count : 0)),
    ),
    invocations: each(sumOf(tally.invocations.values(), ({ count }) => count)),
    gigabyteSeconds: roundTo(gigabyteSecondsOf(tally, settings) / orders, 4),
    calls: each(ours.calls),
    readUnits: each(ours.readUnits),
    writeUnits: each(ours.writeUnits),
    events: each(sumOf(tally.events.values(), ({ count }) => count)),
    queueRequests: each(send + receive + deleted),
    transitions: each(transitionCountOf(tally)),
    logBytes: {
      ofFunctions: each(functionLogBytes(tally, settings)),
      ofAccess: each(accessLogBytes(tally, settings)),
      ofSagas: each(sagaLogBytes(tally, settings)),
    },
    provider: { calls: each(provider.calls), writeUnits: each(provider.writeUnits) },
    usdPerMillion: toRoundedCost(costOfMillion(tally, settings, { orders })),
  };
}
export type UsagePerOrder = ReturnType<typeof usagePerOrder>;

/** Returns all usage by its source: functions, calls by table and operation, events, states. */
export function usageDetails(tally: Usage, orders: number) {
  const each = (total: number): number => roundTo(total / orders, 3);
  const sorted = <Value>(map: ReadonlyMap<string, Value>) =>
    [...map].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    requests: Object.fromEntries(
      sorted(tally.requests).map(([route, { count }]) => [route, each(count)]),
    ),
    functions: sorted(tally.invocations).map(([name, { by, count, records, milliseconds }]) => ({
      name: shortName(name),
      by,
      invocations: each(count),
      records: each(records),
      milliseconds: roundTo(medianOf(milliseconds), 1),
    })),
    dynamodb: sorted(tally.calls).map(
      ([, { functionName, table, operation, calls, readUnits, writeUnits, indexWriteUnits }]) => ({
        by: shortName(functionName),
        table,
        operation,
        calls: each(calls),
        readUnits: each(readUnits),
        writeUnits: each(writeUnits),
        indexWriteUnits: each(indexWriteUnits),
      }),
    ),
    events: Object.fromEntries(
      sorted(tally.events).map(([type, { count }]) => [type, each(count)]),
    ),
    queueRequests: Object.fromEntries(
      Object.entries(tally.queueRequests).map(([action, count]) => [action, each(count)]),
    ),
    transitions: Object.fromEntries(
      sorted(tally.transitions).map(([, { machineName, stateName, count }]) => [
        `${shortName(machineName)} ${stateName}`,
        each(count),
      ]),
    ),
  };
}

/** Returns a name without the stage in front and CloudFormation's eight characters behind. */
export const shortName = (name: string): string =>
  name.replace(/^stockbook-[^-]+-/, '').replace(/[0-9A-F]{8}$/, '');

/** Returns a row of the printed table. */
export const toRow = (what: string, one: UsagePerOrder) => ({
  what,
  HTTP: one.httpRequests,
  functions: one.invocations,
  'DynamoDB calls': one.calls,
  'read units': one.readUnits,
  'write units': one.writeUnits,
  events: one.events,
  SQS: one.queueRequests,
  transitions: one.transitions,
  'log KB': roundTo(sumOf(Object.values(one.logBytes), (bytes) => bytes) / 1_024, 1),
  'USD per million': one.usdPerMillion.total,
});
