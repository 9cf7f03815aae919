import { describe, expect, test } from 'vitest';
import { DEFAULT_MODEL, type DynamoDbModel } from '../../../bench/dynamodb-model/model.ts';
import { Partitions } from '../../../bench/dynamodb-model/partitions.ts';

/** Creates one partition of 10 write units per second, and a clock that the test moves. */
function partitionsWith(model: Partial<DynamoDbModel> = {}) {
  const clock = { milliseconds: 0 };
  const partitions = new Partitions(
    { ...DEFAULT_MODEL, partitions: 1, writeUnitsPerSecond: 10, isolatesBusyKeys: false, ...model },
    () => clock.milliseconds,
  );
  const write = (units: number, partitionKey = 'a') =>
    partitions.tryConsume('write', [{ table: 'stock', partitionKey, units }]);
  return { clock, partitions, write };
}

describe('a partition', () => {
  test('provides the units of its bucket, and refills at its rate', () => {
    const { clock, write } = partitionsWith();

    expect(write(9)).toEqual([]);
    expect(write(2)).toEqual([0]);
    clock.milliseconds = 99;
    expect(write(2)).toEqual([0]);
    clock.milliseconds = 100;
    expect(write(2)).toEqual([]);
  });

  test('has at most the units of its burst', () => {
    const { clock, write } = partitionsWith({ burstSeconds: 0.5 });
    clock.milliseconds = 60_000;

    expect(write(5)).toEqual([]);
    expect(write(1)).toEqual([0]);
  });

  test('admits a demand above the bucket size if it is full, and makes the next ones wait', () => {
    const { clock, write } = partitionsWith();

    expect(write(25)).toEqual([]);
    clock.milliseconds = 1_500;
    expect(write(1)).toEqual([0]);
    clock.milliseconds = 1_600;
    expect(write(1)).toEqual([]);
  });

  test('adds up the demands of one request, and takes no units for a rejected request', () => {
    const { partitions, write } = partitionsWith();
    const demand = (partitionKey: string) => ({ table: 'stock', partitionKey, units: 4 });
    write(3);

    expect(partitions.tryConsume('write', [demand('a'), demand('b')])).toEqual([0, 1]);
    expect(write(7)).toEqual([]);
  });

  test('counts reads and writes separately', () => {
    const { partitions, write } = partitionsWith();
    write(10);

    expect(
      partitions.tryConsume('read', [{ table: 'stock', partitionKey: 'a', units: 3_000 }]),
    ).toEqual([]);
  });

  test('isolates its busiest key with an empty bucket when it throttles, but never a rarely used key', () => {
    const { clock, partitions, write } = partitionsWith({ isolatesBusyKeys: true });
    for (const key of ['hot', 'hot', 'cold']) write(3, key);

    expect(write(3, 'cold')).toEqual([0]);
    expect(partitions.isolatedKeys).toBe(1);
    expect(write(1, 'hot')).toEqual([0]);
    clock.milliseconds = 300;
    expect(write(3, 'hot')).toEqual([]);
    expect(write(3, 'cold')).toEqual([]);
    expect(partitions.isolatedKeys).toBe(1);
  });
});
