import { setTimeout as delay } from 'node:timers/promises';
import type { Model } from '../dynamodb-model/model.ts';
import { type Outcome, type Purchase, stockbookBuyer } from '../hot-sku/purchases.ts';
import { openShop } from '../hot-sku/shop.ts';
import { type Audit, auditOf, type Bought } from './audit.ts';
import { everyShardBuyer, putShards } from './every-shard.ts';
import { Observer } from './observed.ts';

export type SellOut = {
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  readonly tableProperties: Readonly<Record<string, unknown>>;
  readonly design: 'stockbook' | 'every shard';
  readonly shards: number;
  readonly units: number;
  /** How many want how much. */
  readonly crowd: readonly { readonly buyers: number; readonly quantity: number }[];
  readonly model?: Partial<Model>;
};

export type SoldOut = Audit & {
  /** Until the last buyer had an answer, in the model's time. */
  readonly seconds: number;
};

/** What the API answers with a 503. */
const RETRY_AFTER_MILLISECONDS = 1_000;
/** A buyer comes back so often; then the bench gives up, for something is wrong. */
const VISITS_MAX = 100;
const MILLISECONDS_PER_SECOND = 1_000;

/** All buyers at once, each until he holds or is refused; then the books are audited. */
export async function sellOut(options: SellOut): Promise<SoldOut> {
  const { design, shards, units, crowd } = options;
  const observer = new Observer();
  const shop = await openShop({ ...options, observe: observer.observe });
  try {
    if (design === 'every shard') await shop.governor.ease(() => putShards(shop, shards, units));
    const open = () =>
      design === 'stockbook' ? stockbookBuyer(shop) : everyShardBuyer(shop, shards);
    const instances = new Instances(open);
    const quantities = shuffled(
      crowd.flatMap(({ buyers, quantity }) => Array<number>(buyers).fill(quantity)),
    );
    const bought = await Promise.all(
      quantities.map((quantity, number) =>
        shop.clock.takePart(async (): Promise<Bought> => {
          const id = `buyer-${number}`;
          const { outcome, visits } = await visit(instances, id, quantity);
          return { id, quantity, outcome, visits, endedAt: Date.now() };
        }),
      ),
    );
    const seconds = shop.clock.now() / MILLISECONDS_PER_SECOND;
    const calls = [...shop.governor.calls()];
    const audit = await auditOf({
      endpoint: options.endpoint,
      shop,
      design,
      units,
      bought,
      observer,
      calls,
    });
    return { ...audit, seconds };
  } finally {
    await shop.close();
  }
}

async function visit(
  instances: Instances,
  id: string,
  quantity: number,
): Promise<{ readonly outcome: Outcome; readonly visits: number }> {
  for (let visits = 1; visits <= VISITS_MAX; visits += 1) {
    const outcome = await instances.run((purchase) => purchase(id, quantity));
    if (outcome !== 'shed') return { outcome, visits };
    await delay(RETRY_AFTER_MILLISECONDS);
  }
  throw new Error(`${id} was told ${VISITS_MAX} times to come again`);
}

/** Instances of a function as Lambda has them: one request at a time each, and one more where none is free. */
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

const shuffled = (quantities: readonly number[]): number[] =>
  quantities
    .map((quantity) => ({ quantity, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ quantity }) => quantity);
