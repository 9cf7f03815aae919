import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from '../../lambdas/inventory/domain/ledger/change.ts';
import type {
  ApplyResult,
  BookRecords,
  RecordKeys,
} from '../../lambdas/inventory/use-cases/ports.ts';
import { SeededRandom } from '../simulator/random.ts';
import { MemoryStockStore } from '../support/memory-stock-store.ts';

const LATENCY_MILLISECONDS_MAX = 5;

/** In-memory store with a random delay of some milliseconds around each read and write. */
export class SlowStore extends MemoryStockStore {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    super();
    this.#random = new SeededRandom(seed, 'latency');
  }

  override async read(keys: RecordKeys): Promise<BookRecords> {
    await this.#wait();
    const records = await super.read(keys);
    await this.#wait();
    return records;
  }

  override async apply(change: Change, contendedSkus?: readonly string[]): Promise<ApplyResult> {
    await this.#wait();
    const applied = await super.apply(change, contendedSkus);
    await this.#wait();
    return applied;
  }

  #wait(): Promise<void> {
    return delay(this.#random.next() * LATENCY_MILLISECONDS_MAX);
  }
}
