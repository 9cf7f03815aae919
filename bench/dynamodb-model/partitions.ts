import { createHash } from 'node:crypto';
import type { DynamoDbModel } from './model.ts';

export type Demand = {
  readonly table: string;
  readonly partitionKey: string;
  readonly units: number;
};
type CapacityKind = 'read' | 'write';

/** Interval over which the use of keys is measured. */
const WINDOW_MILLISECONDS = 1_000;
/** Share of a partition's units from which a key counts as busy. */
const BUSY_SHARE = 0.1;
const MILLISECONDS_PER_SECOND = 1_000;

type Bucket = { level: number; filledAt: number };
type Partition = {
  readonly buckets: Readonly<Record<CapacityKind, Bucket>>;
  /** Units by key since the window's start. */
  unitsByKey: Map<string, number>;
  windowFrom: number;
};

/** Read and write capacity of each partition. */
export class Partitions {
  readonly #model: DynamoDbModel;
  readonly #now: () => number;
  readonly #shared = new Map<string, Partition>();
  readonly #isolated = new Map<string, Partition>();

  constructor(model: DynamoDbModel, now: () => number) {
    this.#model = model;
    this.#now = now;
  }

  /** Number of keys that have a partition of their own. */
  get isolatedKeys(): number {
    return this.#isolated.size;
  }

  /**
   * Returns the indexes of the demands that their partitions cannot meet now. Consumes units only
   * if there are none.
   */
  tryConsume(kind: CapacityKind, demands: readonly Demand[]): number[] {
    const throttled = this.findThrottled(kind, demands);
    if (throttled.length === 0) this.consume(kind, demands);
    return throttled;
  }

  findThrottled(kind: CapacityKind, demands: readonly Demand[]): number[] {
    const wanted = new Map<Partition, number>();
    for (const demand of demands) {
      const partition = this.#partitionOf(demand);
      wanted.set(partition, (wanted.get(partition) ?? 0) + demand.units);
    }
    return demands.flatMap((demand, index) => {
      const partition = this.#partitionOf(demand);
      const { level } = this.#refillBucket(partition, kind);
      // A demand above the size of the bucket is admitted by a full bucket.
      if (level >= Math.min(wanted.get(partition) ?? 0, this.#capacity(kind))) return [];
      this.#isolateBusiest(kind, demand, partition);
      return [index];
    });
  }

  /** Consumes units, if necessary those of the near future. */
  consume(kind: CapacityKind, demands: readonly Demand[]): void {
    for (const demand of demands) {
      const partition = this.#partitionOf(demand);
      this.#refillBucket(partition, kind).level -= demand.units;
      const { partitionKey, units } = demand;
      if (this.#now() - partition.windowFrom > WINDOW_MILLISECONDS) {
        partition.unitsByKey = new Map();
        partition.windowFrom = this.#now();
      }
      partition.unitsByKey.set(partitionKey, (partition.unitsByKey.get(partitionKey) ?? 0) + units);
    }
  }

  #isolateBusiest(kind: CapacityKind, { table }: Demand, partition: Partition): void {
    if (!this.#model.isolatesBusyKeys || partition.unitsByKey.size < 2) return;
    const [busiest, units = 0] = [...partition.unitsByKey].sort(([, a], [, b]) => b - a)[0] ?? [];
    if (busiest === undefined || units < this.#capacity(kind) * BUSY_SHARE) return;
    partition.unitsByKey.delete(busiest);
    this.#isolated.set(`${table} ${busiest}`, this.#empty());
  }

  #partitionOf({ table, partitionKey }: Demand): Partition {
    const own = this.#isolated.get(`${table} ${partitionKey}`);
    if (own !== undefined) return own;
    const hash = createHash('md5').update(partitionKey).digest().readUInt32BE(0);
    const id = `${table} ${hash % this.#model.partitions}`;
    const partition = this.#shared.get(id) ?? this.#full();
    this.#shared.set(id, partition);
    return partition;
  }

  #refillBucket(partition: Partition, kind: CapacityKind): Bucket {
    const bucket = partition.buckets[kind];
    const now = this.#now();
    const gained = ((now - bucket.filledAt) / MILLISECONDS_PER_SECOND) * this.#rate(kind);
    bucket.level = Math.min(this.#capacity(kind), bucket.level + gained);
    bucket.filledAt = now;
    return bucket;
  }

  #rate = (kind: CapacityKind): number =>
    kind === 'write' ? this.#model.writeUnitsPerSecond : this.#model.readUnitsPerSecond;
  #capacity = (kind: CapacityKind): number => this.#rate(kind) * this.#model.burstSeconds;
  #full = (): Partition => this.#with(this.#capacity('read'), this.#capacity('write'));
  #empty = (): Partition => this.#with(0, 0);
  #with = (read: number, write: number): Partition => ({
    buckets: { read: this.#bucket(read), write: this.#bucket(write) },
    unitsByKey: new Map(),
    windowFrom: this.#now(),
  });
  #bucket = (level: number): Bucket => ({ level, filledAt: this.#now() });
}
