import { createHash } from 'node:crypto';
import type { Model } from './model.ts';

export type Demand = {
  readonly table: string;
  readonly partitionKey: string;
  readonly units: number;
};
type Kind = 'read' | 'write';

/** The use of keys is looked at over this time. */
const WINDOW_MILLISECONDS = 1_000;
/** A key that took this share of a partition's units is what makes it busy. */
const BUSY_SHARE = 0.1;
const MILLISECONDS_PER_SECOND = 1_000;

type Bucket = { level: number; filledAt: number };
type Partition = {
  readonly buckets: Readonly<Record<Kind, Bucket>>;
  /** Units by key since the window's start. */
  used: Map<string, number>;
  windowFrom: number;
};

/** Who may read and write how much, by partition. */
export class Partitions {
  readonly #model: Model;
  readonly #now: () => number;
  readonly #shared = new Map<string, Partition>();
  readonly #isolated = new Map<string, Partition>();

  constructor(model: Model, now: () => number) {
    this.#model = model;
    this.#now = now;
  }

  /** The keys that have a partition of their own by now. */
  get isolated(): number {
    return this.#isolated.size;
  }

  /** Places of the demands that their partitions cannot meet now. Only when there are none is anything taken. */
  take(kind: Kind, demands: readonly Demand[]): number[] {
    const refused = this.refused(kind, demands);
    if (refused.length === 0) this.spend(kind, demands);
    return refused;
  }

  refused(kind: Kind, demands: readonly Demand[]): number[] {
    const wanted = new Map<Partition, number>();
    for (const demand of demands) {
      const partition = this.#of(demand);
      wanted.set(partition, (wanted.get(partition) ?? 0) + demand.units);
    }
    return demands.flatMap((demand, place) => {
      const partition = this.#of(demand);
      const { level } = this.#filled(partition, kind);
      // One that wants more than a bucket can hold is let in by a full one.
      if (level >= Math.min(wanted.get(partition) ?? 0, this.#capacity(kind))) return [];
      this.#isolateBusiest(kind, demand, partition);
      return [place];
    });
  }

  /** Takes units, if need be those of the next moments. */
  spend(kind: Kind, demands: readonly Demand[]): void {
    for (const demand of demands) {
      const partition = this.#of(demand);
      this.#filled(partition, kind).level -= demand.units;
      const { partitionKey, units } = demand;
      if (this.#now() - partition.windowFrom > WINDOW_MILLISECONDS) {
        partition.used = new Map();
        partition.windowFrom = this.#now();
      }
      partition.used.set(partitionKey, (partition.used.get(partitionKey) ?? 0) + units);
    }
  }

  #isolateBusiest(kind: Kind, { table }: Demand, partition: Partition): void {
    if (!this.#model.isolates || partition.used.size < 2) return;
    const [busiest, units = 0] = [...partition.used].sort(([, a], [, b]) => b - a)[0] ?? [];
    if (busiest === undefined || units < this.#capacity(kind) * BUSY_SHARE) return;
    partition.used.delete(busiest);
    this.#isolated.set(`${table} ${busiest}`, this.#empty());
  }

  #of({ table, partitionKey }: Demand): Partition {
    const own = this.#isolated.get(`${table} ${partitionKey}`);
    if (own !== undefined) return own;
    const hash = createHash('md5').update(partitionKey).digest().readUInt32BE(0);
    const id = `${table} ${hash % this.#model.partitions}`;
    const partition = this.#shared.get(id) ?? this.#full();
    this.#shared.set(id, partition);
    return partition;
  }

  #filled(partition: Partition, kind: Kind): Bucket {
    const bucket = partition.buckets[kind];
    const now = this.#now();
    const gained = ((now - bucket.filledAt) / MILLISECONDS_PER_SECOND) * this.#rate(kind);
    bucket.level = Math.min(this.#capacity(kind), bucket.level + gained);
    bucket.filledAt = now;
    return bucket;
  }

  #rate = (kind: Kind): number =>
    kind === 'write' ? this.#model.writeUnitsPerSecond : this.#model.readUnitsPerSecond;
  #capacity = (kind: Kind): number => this.#rate(kind) * this.#model.burstSeconds;
  #full = (): Partition => this.#with(this.#capacity('read'), this.#capacity('write'));
  #empty = (): Partition => this.#with(0, 0);
  #with = (read: number, write: number): Partition => ({
    buckets: { read: this.#bucket(read), write: this.#bucket(write) },
    used: new Map(),
    windowFrom: this.#now(),
  });
  #bucket = (level: number): Bucket => ({ level, filledAt: this.#now() });
}
