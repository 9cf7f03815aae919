import type { InvokedBy, Observation } from '../../local/functions/observation.ts';

/** Units billed for a call to DynamoDB. A table has its name in the outputs: `orders`. */
export type TableCall = {
  readonly functionName: string;
  readonly table: string;
  readonly operation: string;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly indexWriteUnits: number;
};

export type Count = { count: number };
export type RequestTotals = Count & { readonly access: string; readonly status: number };
export type InvocationTotals = Count & {
  readonly functionName: string;
  readonly by: InvokedBy;
  records: number;
  /** One value for each invocation. */
  milliseconds: readonly number[];
  failed: number;
};
export type TableCallTotals = {
  readonly functionName: string;
  readonly table: string;
  readonly operation: string;
  calls: number;
  readUnits: number;
  writeUnits: number;
  indexWriteUnits: number;
};

/** Usage between two times, added up by its source. */
export type Usage = {
  readonly requests: Map<string, RequestTotals>;
  readonly invocations: Map<string, InvocationTotals>;
  readonly calls: Map<string, TableCallTotals>;
  readonly events: Map<string, { count: number; bytes: number; deliveries: number }>;
  readonly queueRequests: { send: number; receive: number; delete: number };
  readonly transitions: Map<
    string,
    Count & { readonly machineName: string; readonly stateName: string }
  >;
  readonly logs: Map<string, { lines: number; bytes: number }>;
};

export const createUsage = (): Usage => ({
  requests: new Map(),
  invocations: new Map(),
  calls: new Map(),
  events: new Map(),
  queueRequests: { send: 0, receive: 0, delete: 0 },
  transitions: new Map(),
  logs: new Map(),
});

/** Adds up the observations of the local runtime and the records of the proxy for DynamoDB. */
export class UsageCounter {
  #tally = createUsage();
  #lastObservedAt = performance.now();
  #running = 0;

  /**
   * Milliseconds since the last activity; undefined while a function runs. An empty poll of a queue
   * is not activity.
   */
  get quietMilliseconds(): number {
    if (this.#running > 0) return 0;
    return performance.now() - this.#lastObservedAt;
  }

  /** Returns the usage since the last call. */
  take(): Usage {
    const taken = this.#tally;
    this.#tally = createUsage();
    return taken;
  }

  readonly observe = (seen: Observation): void => {
    if (seen.kind === 'queueRequest' && seen.messages === 0) return;
    this.#lastObservedAt = performance.now();
    if (seen.kind === 'invocationStart') this.#running += 1;
    if (seen.kind === 'invocation' || seen.kind === 'rejectedInvocation') this.#running -= 1;
    addObservation(this.#tally, seen);
  };

  readonly recordCall = (call: TableCall): void => {
    this.#lastObservedAt = performance.now();
    const { functionName, table, operation } = call;
    const none = {
      functionName,
      table,
      operation,
      calls: 0,
      readUnits: 0,
      writeUnits: 0,
      indexWriteUnits: 0,
    };
    const sum = getOrInsert(this.#tally.calls, `${functionName} ${table} ${operation}`, none);
    sum.calls += 1;
    sum.readUnits += call.readUnits;
    sum.writeUnits += call.writeUnits;
    sum.indexWriteUnits += call.indexWriteUnits;
  };
}

function addObservation(tally: Usage, seen: Observation): void {
  switch (seen.kind) {
    case 'invocationStart':
    case 'rejectedInvocation':
    case 'injectedFault':
    case 'metric':
    case 'failedExecution':
      return;
    case 'request': {
      const { routeKey, access, status } = seen;
      getOrInsert(tally.requests, routeKey, { access, status, count: 0 }).count += 1;
      return;
    }
    case 'invocation': {
      const { functionName, by } = seen;
      const none = { functionName, by, count: 0, records: 0, milliseconds: [], failed: 0 };
      const sum = getOrInsert<InvocationTotals>(tally.invocations, functionName, none);
      sum.count += 1;
      sum.records += seen.records;
      sum.milliseconds = [...sum.milliseconds, seen.milliseconds];
      sum.failed += seen.isOk ? 0 : 1;
      return;
    }
    case 'log': {
      const sum = getOrInsert(tally.logs, seen.functionName, { lines: 0, bytes: 0 });
      sum.lines += seen.lines;
      sum.bytes += seen.bytes;
      return;
    }
    case 'event': {
      const sum = getOrInsert(tally.events, seen.detailType, { count: 0, bytes: 0, deliveries: 0 });
      sum.count += 1;
      sum.bytes += seen.bytes;
      sum.deliveries += seen.queueArns.length;
      return;
    }
    case 'queueRequest':
      tally.queueRequests[seen.action] += 1;
      return;
    case 'transition': {
      const { machineName, stateName } = seen;
      const none = { machineName, stateName, count: 0 };
      getOrInsert(tally.transitions, `${machineName} ${stateName}`, none).count += 1;
    }
  }
}

function getOrInsert<Value>(map: Map<string, Value>, key: string, none: Value): Value {
  const found = map.get(key) ?? none;
  map.set(key, found);
  return found;
}

/** Returns the sum of several usages. */
export function mergeUsages(tallies: readonly Usage[]): Usage {
  const sum = createUsage();
  for (const tally of tallies) {
    for (const name of [
      'requests',
      'invocations',
      'calls',
      'events',
      'transitions',
      'logs',
    ] as const)
      addTotals(sum[name] as Map<string, object>, tally[name]);
    for (const action of ['send', 'receive', 'delete'] as const)
      sum.queueRequests[action] += tally.queueRequests[action];
  }
  return sum;
}

/** Adds numbers (except a status) and concatenates lists; texts are the same in both. */
function addTotals(sum: Map<string, object>, added: ReadonlyMap<string, object>): void {
  for (const [key, one] of added) {
    const known = new Map<string, unknown>(Object.entries(sum.get(key) ?? {}));
    const fields = Object.entries(one).map(
      ([name, value]: [string, unknown]): [string, unknown] => {
        if (Array.isArray(value))
          return [name, [...((known.get(name) ?? []) as unknown[]), ...value]];
        if (typeof value !== 'number' || name === 'status') return [name, value];
        return [name, Number(known.get(name) ?? 0) + value];
      },
    );
    sum.set(key, Object.fromEntries(fields));
  }
}

export const sumOf = <Value>(values: Iterable<Value>, of: (value: Value) => number): number =>
  [...values].reduce((sum, value) => sum + of(value), 0);

/**
 * Returns the usage with the time of each record from another usage. Many orders at once wait for
 * the few cores of this machine, which they would not do on AWS. That a batch is faster than its
 * records one by one is not counted.
 */
export function withTimesOf(tally: Usage, other: Usage): Usage {
  const invocations = [...tally.invocations].map(([name, one]): [string, InvocationTotals] => {
    const { milliseconds, records, count } = other.invocations.get(name) ?? one;
    const each = (medianOf(milliseconds) * count * one.records) / records / one.count;
    return [name, { ...one, milliseconds: one.milliseconds.map(() => each) }];
  });
  return { ...tally, invocations: new Map(invocations) };
}

/** Returns the median, which is not affected by other processes of the machine. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low = 0, high = low] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.floor(sorted.length / 2)],
  ];
  return (low + high) / 2;
}

/** Returns units by table, without the tables that are not counted. */
export const unitTotalsOf = ({ calls }: Usage, isCounted: (table: string) => boolean) => {
  const counted = [...calls.values()].filter(({ table }) => isCounted(table));
  return {
    calls: sumOf(counted, (one) => one.calls),
    readUnits: sumOf(counted, (one) => one.readUnits),
    writeUnits: sumOf(counted, (one) => one.writeUnits + one.indexWriteUnits),
  };
};

export const transitionCountOf = ({ transitions }: Usage): number =>
  sumOf(transitions.values(), ({ count }) => count);
