import type { BenchTable } from './local-table.ts';

export type UnitCounts = { reads: number; writes: number; requests: number };

/**
 * Counts the units of every command that the client sends from now on, as DynamoDB Local reports
 * them.
 */
export function countUnits({ client }: BenchTable): UnitCounts {
  const counts: UnitCounts = { reads: 0, writes: 0, requests: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as { ReturnConsumedCapacity?: string };
      input.ReturnConsumedCapacity = 'TOTAL';
      const result = await next(args);
      const { ConsumedCapacity } = result.output as {
        ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
      };
      const units = [ConsumedCapacity ?? []]
        .flat()
        .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      const isWrite = 'Item' in input;
      counts[isWrite ? 'writes' : 'reads'] += units;
      counts.requests += 1;
      return result;
    },
    { step: 'initialize', name: 'countUnits', override: true },
  );
  return counts;
}
