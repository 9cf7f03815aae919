import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDbModel } from '../dynamodb-model/model.ts';
import type { Outcome, Purchase } from '../hot-sku/purchase.ts';
import { createStockbookBuyer } from '../hot-sku/purchases.ts';
import { openShop } from '../hot-sku/shop.ts';
import { auditSellOut, type BuyerResult, type SellOutAudit } from './audit.ts';
import { createEveryShardBuyer, putShards } from './every-shard.ts';
import { PurchaseLog } from './purchase-log.ts';

export type SellOutOptions = {
  /** Endpoint of DynamoDB Local. */
  readonly endpoint: string;
  readonly tableProperties: Readonly<Record<string, unknown>>;
  readonly design: 'stockbook' | 'every shard';
  readonly shards: number;
  readonly units: number;
  /** Number of buyers by quantity. */
  readonly crowd: readonly { readonly buyers: number; readonly quantity: number }[];
  readonly model?: Partial<DynamoDbModel>;
};

export type SellOutResult = SellOutAudit & {
  /** Time until the last buyer's response, in the model's time. */
  readonly seconds: number;
};

/** Retry-After of the API's 503. */
const RETRY_AFTER_MILLISECONDS = 1_000;
/** Maximum number of visits of a buyer; after it the bench fails. */
const VISITS_MAX = 100;
const MILLISECONDS_PER_SECOND = 1_000;

/** Runs all buyers at once, each until a hold or a rejection; then audits the books. */
export async function runSellOut(options: SellOutOptions): Promise<SellOutResult> {
  const { design, shards, units, crowd } = options;
  const purchaseLog = new PurchaseLog();
  const shop = await openShop({ ...options, onCall: purchaseLog.onCall });
  try {
    if (design === 'every shard')
      await shop.throttlingServer.runUnthrottled(() => putShards(shop, shards, units));
    const open = () =>
      design === 'stockbook' ? createStockbookBuyer(shop) : createEveryShardBuyer(shop, shards);
    const instances = new Instances(open);
    const quantities = shuffle(
      crowd.flatMap(({ buyers, quantity }) => Array<number>(buyers).fill(quantity)),
    );
    const buyers = await Promise.all(
      quantities.map((quantity, number) =>
        shop.clock.runParticipant(async (): Promise<BuyerResult> => {
          const id = `buyer-${number}`;
          const { outcome, visits } = await buyWithRetry(instances, id, quantity);
          return { id, quantity, outcome, visits, endedAt: Date.now() };
        }),
      ),
    );
    const seconds = shop.clock.now() / MILLISECONDS_PER_SECOND;
    const calls = [...shop.throttlingServer.calls()];
    const audit = await auditSellOut({
      endpoint: options.endpoint,
      shop,
      design,
      units,
      buyers,
      purchaseLog,
      calls,
    });
    return { ...audit, seconds };
  } finally {
    await shop.close();
  }
}

async function buyWithRetry(
  instances: Instances,
  id: string,
  quantity: number,
): Promise<{ readonly outcome: Outcome; readonly visits: number }> {
  for (let visits = 1; visits <= VISITS_MAX; visits += 1) {
    const outcome = await instances.run((purchase) => purchase(id, quantity));
    if (outcome !== 'shed') return { outcome, visits };
    await delay(RETRY_AFTER_MILLISECONDS);
  }
  throw new Error(`${id} got 503 in each of ${VISITS_MAX} visits`);
}

/**
 * Instances of a function as in Lambda: one request at a time each, and a new instance if none is
 * free.
 */
class Instances {
  readonly #open: () => Purchase;
  readonly #free: Purchase[] = [];

  constructor(open: () => Purchase) {
    this.#open = open;
  }

  async run(work: (purchase: Purchase) => Promise<Outcome>): Promise<Outcome> {
    const instance = this.#free.pop() ?? this.#open();
    try {
      return await work(instance);
    } finally {
      this.#free.push(instance);
    }
  }
}

const shuffle = (quantities: readonly number[]): number[] =>
  quantities
    .map((quantity) => ({ quantity, index: Math.random() }))
    .sort((a, b) => a.index - b.index)
    .map(({ quantity }) => quantity);
