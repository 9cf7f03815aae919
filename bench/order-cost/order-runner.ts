import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoClient } from '../../local/demo/demo-client.ts';
import type { OrderCostEnvironment } from './environment.ts';
import { mergeUsages, sumOf, type Usage, unitTotalsOf } from './usage.ts';

/** Names and prices as a shop has them: how long they are is billed. */
const PRODUCTS = [
  { sku: 'espresso-beans-1kg', name: 'Espresso beans, 1 kg', amount: 2_450 },
  { sku: 'filter-papers-100', name: 'Filter papers, 100', amount: 690 },
] as const;
const LINES = PRODUCTS.map(({ sku }, place) => ({ sku, quantity: place + 1 }));
const STOCK_UNITS = 10_000;

/** Folding waits for clocks that disagree: lambdas/inventory/domain. */
const EXPIRY_GRACE_SECONDS = 6;

/** An order's records in the tables, by the prefix of their keys. */
const KEY_PREFIXES = { orders: 'ORDER#', inventory: 'RESERVATION#' } as const;

export type PlacedOrder = { readonly orderId: string; readonly expiresAt: string };
type Buyer = { readonly client: DemoClient; readonly order: PlacedOrder };
/** The steps of an order, each until all is at rest. */
export type StepUsages = Readonly<Record<'place' | 'pay' | 'look' | 'fulfil', Usage>>;

/** Plays orders on a stage, so many at a time, as customers that have no other order. */
export class OrderRunner {
  readonly #environment: OrderCostEnvironment;
  readonly #staff: DemoClient;

  private constructor(environment: OrderCostEnvironment, staff: DemoClient) {
    this.#environment = environment;
    this.#staff = staff;
  }

  /** Products are on the shelf, and every function has run once. */
  static async open(environment: OrderCostEnvironment): Promise<OrderRunner> {
    const { api, tokenFor } = environment.runtime;
    const staff = new DemoClient(api, await tokenFor('staff'));
    for (const { sku, name, amount } of PRODUCTS) {
      await staff.send('PUT', `/products/${sku}`, { name, unitPrice: { amount, currency: 'EUR' } });
      await staff.send('PUT', `/stock/${sku}`, { name });
      await staff.send('POST', `/stock/${sku}/receipts`, { quantity: STOCK_UNITS });
    }
    await environment.takeUsageWhenIdle();
    return new OrderRunner(environment, staff);
  }

  /** The whole life of `count` orders that go through each step together. */
  async complete(count: number): Promise<StepUsages> {
    const buyers = await runInBatches(Array.from({ length: count }), () => this.#place());
    const place = await this.#environment.takeUsageWhenIdle();
    await runInBatches(buyers, pay);
    const paid = await this.#waitForStatus(buyers, 'orders', 'COMPLETED');
    await runInBatches(buyers, (buyer) => expectStatus(buyer, 'COMPLETED'));
    const look = await this.#environment.takeUsageWhenIdle();
    await runInBatches(buyers, ({ order }) =>
      this.#staff.send('POST', `/orders/${order.orderId}/fulfilment`),
    );
    const fulfil = await this.#waitForStatus(buyers, 'inventory', 'FULFILLED');
    await runInBatches(buyers, (buyer) => expectStatus(buyer, 'FULFILLED'));
    await this.#environment.takeUsageWhenIdle();
    return { place, pay: paid, look, fulfil };
  }

  /** Places an order, and lets it lapse: what that cost, and what lapsing did. The hold must be short. */
  async abandon(): Promise<{ place: Usage; expiry: Usage }> {
    const buyer = await this.#place();
    const place = await this.#environment.takeUsageWhenIdle();
    const lapsesIn = Date.parse(buyer.order.expiresAt) - Date.now();
    await delay(Math.max(0, lapsesIn) + EXPIRY_GRACE_SECONDS * 1_000);
    const expiry = await this.#environment.takeUsageWhenIdle();
    await expectStatus(buyer, 'EXPIRED');
    const [line] = LINES;
    if (line === undefined) throw new Error('an order has no line');
    const { held, available, onHand } = await this.#staff.getStock(line.sku);
    if (held !== 0 || available !== onHand)
      throw new Error(`${line.sku} has ${held} units held after their hold lapsed`);
    await this.#environment.takeUsageWhenIdle();
    return { place, expiry };
  }

  /** An unpaid order that its customer cancels: what the cancelling cost. */
  async cancelUnpaid(): Promise<Usage> {
    const buyer = await this.#place();
    await this.#environment.takeUsageWhenIdle();
    return this.#cancel(buyer);
  }

  /** A completed order that its customer cancels, by its saga. */
  async cancelCompleted(): Promise<Usage> {
    const buyer = await this.#place();
    await pay(buyer);
    await this.#waitForStatus([buyer], 'orders', 'COMPLETED');
    return this.#cancel(buyer);
  }

  async #cancel(buyer: Buyer): Promise<Usage> {
    await buyer.client.send('POST', `/orders/${buyer.order.orderId}/cancellation`);
    const cancelled = await this.#waitForStatus([buyer], 'orders', 'CANCELLED');
    await expectStatus(buyer, 'CANCELLED');
    await this.#environment.takeUsageWhenIdle();
    return cancelled;
  }

  /** When the orders, or their reservations, have come so far and all is at rest: what was seen meanwhile. */
  async #waitForStatus(
    buyers: readonly Buyer[],
    table: keyof typeof KEY_PREFIXES,
    status: string,
  ): Promise<Usage> {
    for (const { order } of buyers)
      await this.#environment.waitForStatus(
        table,
        { pk: KEY_PREFIXES[table] + order.orderId, sk: KEY_PREFIXES[table].slice(0, -1) },
        status,
      );
    return this.#environment.takeUsageWhenIdle();
  }

  async #place(): Promise<Buyer> {
    const { api, tokenFor } = this.#environment.runtime;
    // A user pool calls people by UUIDs.
    const client = new DemoClient(api, await tokenFor('customer', randomUUID()));
    return { client, order: await client.send<PlacedOrder>('POST', '/orders', { lines: LINES }) };
  }
}

/** So many requests at once, and no more: a small machine would let those of a crowd time out. */
const CONCURRENCY = 5;

async function runInBatches<Of, Value>(
  all: readonly Of[],
  work: (one: Of) => Promise<Value>,
): Promise<readonly Value[]> {
  const done: Value[] = [];
  for (let from = 0; from < all.length; from += CONCURRENCY)
    done.push(...(await Promise.all(all.slice(from, from + CONCURRENCY).map(work))));
  return done;
}

const pay = ({ client, order }: Buyer): Promise<unknown> =>
  client.send('POST', `/orders/${order.orderId}/payment`, { paymentMethod: 'pm_ok' });

async function expectStatus({ client, order }: Buyer, wanted: string): Promise<void> {
  const { status } = await client.send<{ status: string }>('GET', `/orders/${order.orderId}`);
  if (status !== wanted) throw new Error(`order ${order.orderId} is ${status}, not ${wanted}`);
}

/** From the reserve to the shipping. How often a customer looks is the shop's affair. */
export const usageOfAllSteps = ({ place, pay: paid, fulfil }: StepUsages): Usage =>
  mergeUsages([place, paid, fulfil]);

/** A count that is wrong by a retry or a failure would be told as if it were what an order takes. */
export function requireCleanRun(what: string, tally: Usage): void {
  const failed = sumOf(tally.invocations.values(), (one) => one.failed);
  const rejected = [...tally.requests].filter(([, { status }]) => status >= 400);
  const schedules = [...tally.invocations.values()].filter(({ by }) => by === 'schedule');
  if (failed > 0 || rejected.length > 0 || schedules.length > 0)
    throw new Error(
      `${what}: ${failed} invocations failed, ${rejected.length} routes rejected, ${schedules.length} schedules ran`,
    );
}

export const hasNoWrites = (tally: Usage): boolean =>
  unitTotalsOf(tally, () => true).writeUnits === 0;
