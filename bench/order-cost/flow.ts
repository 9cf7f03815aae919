import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { StoryClient } from '../../local/demo/story-client.ts';
import type { Stage } from './stage.ts';
import { sumOf, type Tally, together, unitsOf } from './tally.ts';

/** Names and prices as a shop has them: how long they are is billed. */
const PRODUCTS = [
  { sku: 'espresso-beans-1kg', name: 'Espresso beans, 1 kg', amount: 2_450 },
  { sku: 'filter-papers-100', name: 'Filter papers, 100', amount: 690 },
] as const;
const LINES = PRODUCTS.map(({ sku }, place) => ({ sku, quantity: place + 1 }));
const STOCK_UNITS = 10_000;

/** Folding waits for clocks that disagree: lambdas/inventory/domain. */
const FOLD_SECONDS = 6;

/** An order's records in the tables, by the prefix of their keys. */
const RECORDS = { orders: 'ORDER#', inventory: 'RESERVATION#' } as const;

export type Placed = { readonly orderId: string; readonly expiresAt: string };
type Buyer = { readonly client: StoryClient; readonly order: Placed };
/** The steps of an order, each until all is at rest. */
export type Steps = Readonly<Record<'place' | 'pay' | 'look' | 'fulfil', Tally>>;

/** Plays orders on a stage, so many at a time, as customers that have no other order. */
export class Flow {
  readonly #stage: Stage;
  readonly #staff: StoryClient;

  private constructor(stage: Stage, staff: StoryClient) {
    this.#stage = stage;
    this.#staff = staff;
  }

  /** Products are on the shelf, and every function has run once. */
  static async open(stage: Stage): Promise<Flow> {
    const { api, tokenFor } = stage.runtime;
    const staff = new StoryClient(api, await tokenFor('staff'));
    for (const { sku, name, amount } of PRODUCTS) {
      await staff.send('PUT', `/products/${sku}`, { name, unitPrice: { amount, currency: 'EUR' } });
      await staff.send('PUT', `/stock/${sku}`, { name });
      await staff.send('POST', `/stock/${sku}/receipts`, { quantity: STOCK_UNITS });
    }
    await stage.settled();
    return new Flow(stage, staff);
  }

  /** The whole life of `count` orders that go through each step together. */
  async complete(count: number): Promise<Steps> {
    const buyers = await inTurns(Array.from({ length: count }), () => this.#place());
    const place = await this.#stage.settled();
    await inTurns(buyers, pay);
    const paid = await this.#reached(buyers, 'orders', 'COMPLETED');
    await inTurns(buyers, (buyer) => expectStatus(buyer, 'COMPLETED'));
    const look = await this.#stage.settled();
    await inTurns(buyers, ({ order }) =>
      this.#staff.send('POST', `/orders/${order.orderId}/fulfilment`),
    );
    const fulfil = await this.#reached(buyers, 'inventory', 'FULFILLED');
    await inTurns(buyers, (buyer) => expectStatus(buyer, 'FULFILLED'));
    await this.#stage.settled();
    return { place, pay: paid, look, fulfil };
  }

  /** Places an order, and lets it lapse: what that cost, and what lapsing did. The hold must be short. */
  async abandon(): Promise<{ place: Tally; lapse: Tally }> {
    const buyer = await this.#place();
    const place = await this.#stage.settled();
    const lapsesIn = Date.parse(buyer.order.expiresAt) - Date.now();
    await delay(Math.max(0, lapsesIn) + FOLD_SECONDS * 1_000);
    const lapse = await this.#stage.settled();
    await expectStatus(buyer, 'EXPIRED');
    const [line] = LINES;
    if (line === undefined) throw new Error('an order has no line');
    const { held, available, onHand } = await this.#staff.stock(line.sku);
    if (held !== 0 || available !== onHand)
      throw new Error(`${line.sku} has ${held} units held after their hold lapsed`);
    await this.#stage.settled();
    return { place, lapse };
  }

  /** An unpaid order that its customer cancels: what the cancelling cost. */
  async cancelUnpaid(): Promise<Tally> {
    const buyer = await this.#place();
    await this.#stage.settled();
    return this.#cancel(buyer);
  }

  /** A completed order that its customer cancels, by its saga. */
  async cancelCompleted(): Promise<Tally> {
    const buyer = await this.#place();
    await pay(buyer);
    await this.#reached([buyer], 'orders', 'COMPLETED');
    return this.#cancel(buyer);
  }

  async #cancel(buyer: Buyer): Promise<Tally> {
    await buyer.client.send('POST', `/orders/${buyer.order.orderId}/cancellation`);
    const cancelled = await this.#reached([buyer], 'orders', 'CANCELLED');
    await expectStatus(buyer, 'CANCELLED');
    await this.#stage.settled();
    return cancelled;
  }

  /** When the orders, or their reservations, have come so far and all is at rest: what was seen meanwhile. */
  async #reached(
    buyers: readonly Buyer[],
    table: keyof typeof RECORDS,
    status: string,
  ): Promise<Tally> {
    for (const { order } of buyers)
      await this.#stage.until(
        table,
        { pk: RECORDS[table] + order.orderId, sk: RECORDS[table].slice(0, -1) },
        status,
      );
    return this.#stage.settled();
  }

  async #place(): Promise<Buyer> {
    const { api, tokenFor } = this.#stage.runtime;
    // A user pool calls people by UUIDs.
    const client = new StoryClient(api, await tokenFor('customer', randomUUID()));
    return { client, order: await client.send<Placed>('POST', '/orders', { lines: LINES }) };
  }
}

/** So many requests at once, and no more: a small machine would let those of a crowd time out. */
const AT_ONCE = 5;

async function inTurns<Of, Value>(
  all: readonly Of[],
  work: (one: Of) => Promise<Value>,
): Promise<readonly Value[]> {
  const done: Value[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE)
    done.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))));
  return done;
}

const pay = ({ client, order }: Buyer): Promise<unknown> =>
  client.send('POST', `/orders/${order.orderId}/payment`, { paymentMethod: 'pm_ok' });

async function expectStatus({ client, order }: Buyer, wanted: string): Promise<void> {
  const { status } = await client.send<{ status: string }>('GET', `/orders/${order.orderId}`);
  if (status !== wanted) throw new Error(`order ${order.orderId} is ${status}, not ${wanted}`);
}

/** From the reserve to the shipping. How often a customer looks is the shop's affair. */
export const wholeOf = ({ place, pay: paid, fulfil }: Steps): Tally =>
  together([place, paid, fulfil]);

/** A count that is wrong by a retry or a failure would be told as if it were what an order takes. */
export function refuseUnclean(what: string, tally: Tally): void {
  const failed = sumOf(tally.invocations.values(), (one) => one.failed);
  const refused = [...tally.requests].filter(([, { status }]) => status >= 400);
  const schedules = [...tally.invocations.values()].filter(({ by }) => by === 'schedule');
  if (failed > 0 || refused.length > 0 || schedules.length > 0)
    throw new Error(
      `${what}: ${failed} invocations failed, ${refused.length} routes refused, ${schedules.length} schedules ran`,
    );
}

export const wroteNothing = (tally: Tally): boolean => unitsOf(tally, () => true).writeUnits === 0;
