import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoClient, type PlacedOrder } from '../../local/demo/demo-client.ts';
import type { OrderCostEnvironment } from './environment.ts';
import { mergeUsages, sumOf, type Usage, unitTotalsOf } from './usage.ts';

/** Products with names of realistic length, because DynamoDB bills by size. */
const PRODUCTS = [
  { sku: 'espresso-beans-1kg', name: 'Espresso beans, 1 kg', amount: 2_450 },
  { sku: 'filter-papers-100', name: 'Filter papers, 100', amount: 690 },
] as const;
const LINES = PRODUCTS.map(({ sku }, index) => ({ sku, quantity: index + 1 }));
const STOCK_UNITS = 10_000;

/** Time after the expiry that inventory allows for clock differences (lambdas/inventory/domain). */
const EXPIRY_GRACE_SECONDS = 6;

/** Key prefixes of an order's records, by table. */
const KEY_PREFIXES = { orders: 'ORDER#', inventory: 'RESERVATION#' } as const;

type Buyer = { readonly client: DemoClient; readonly order: PlacedOrder };
/** Usage of each step of an order, until the runtime is idle. */
export type StepUsages = Readonly<Record<'place' | 'pay' | 'look' | 'fulfil', Usage>>;

/** Places orders on a stage, as customers without other orders, and measures each step. */
export class OrderRunner {
  readonly #environment: OrderCostEnvironment;
  readonly #staff: DemoClient;

  private constructor(environment: OrderCostEnvironment, staff: DemoClient) {
    this.#environment = environment;
    this.#staff = staff;
  }

  /** Creates the products with stock. */
  static async open(environment: OrderCostEnvironment): Promise<OrderRunner> {
    const { api, tokenFor } = environment.runtime;
    const staff = new DemoClient(api, await tokenFor('staff'));
    for (const { sku, name, amount } of PRODUCTS) {
      await staff.putProduct({ sku, name, unitPrice: { amount, currency: 'EUR' } });
      await staff.receive(sku, { quantity: STOCK_UNITS });
    }
    await environment.lookAtLevels();
    return new OrderRunner(environment, staff);
  }

  /** Takes `count` orders concurrently through each step. */
  async complete(count: number): Promise<StepUsages> {
    const buyers = await runInBatches(Array.from({ length: count }), () => this.#place());
    const place = await this.#environment.takeUsageWhenIdle();
    await runInBatches(buyers, pay);
    const paid = await this.#waitForStatus(buyers, 'orders', 'COMPLETED');
    await runInBatches(buyers, (buyer) => expectStatus(buyer, 'COMPLETED'));
    const look = await this.#environment.takeUsageWhenIdle();
    await runInBatches(buyers, ({ order }) => this.#staff.fulfil(order.orderId));
    const fulfil = await this.#waitForStatus(buyers, 'inventory', 'FULFILLED');
    await runInBatches(buyers, (buyer) => expectStatus(buyer, 'FULFILLED'));
    await this.#environment.takeUsageWhenIdle();
    return { place, pay: paid, look, fulfil };
  }

  /** Places an order and waits until its hold expires, which must be short. */
  async abandon(): Promise<{ place: Usage; expiry: Usage }> {
    const buyer = await this.#place();
    const place = await this.#environment.takeUsageWhenIdle();
    const expiresIn = Date.parse(buyer.order.expiresAt) - Date.now();
    await delay(Math.max(0, expiresIn) + EXPIRY_GRACE_SECONDS * 1_000);
    const expiry = await this.#environment.takeUsageWhenIdle();
    await expectStatus(buyer, 'EXPIRED');
    const [line] = LINES;
    if (line === undefined) throw new Error('An order must have a line.');
    const { held, available, onHand } = await this.#staff.getStock(line.sku);
    if (held !== 0 || available !== onHand)
      throw new Error(`${line.sku} has ${held} held units after the hold expired.`);
    await this.#environment.takeUsageWhenIdle();
    return { place, expiry };
  }

  /** Places an order and cancels it unpaid. Returns the usage of the cancellation. */
  async cancelUnpaid(): Promise<Usage> {
    const buyer = await this.#place();
    await this.#environment.takeUsageWhenIdle();
    return this.#cancel(buyer);
  }

  /** Completes an order and cancels it. Returns the usage of the cancellation and its saga. */
  async cancelCompleted(): Promise<Usage> {
    const buyer = await this.#place();
    await pay(buyer);
    await this.#waitForStatus([buyer], 'orders', 'COMPLETED');
    return this.#cancel(buyer);
  }

  async #cancel(buyer: Buyer): Promise<Usage> {
    await buyer.client.cancel(buyer.order.orderId);
    const cancelled = await this.#waitForStatus([buyer], 'orders', 'CANCELLED');
    await expectStatus(buyer, 'CANCELLED');
    await this.#environment.takeUsageWhenIdle();
    return cancelled;
  }

  /** Waits until the orders, or their reservations, have a status and the runtime is idle. */
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
    // User pools identify users by UUIDs.
    const client = new DemoClient(api, await tokenFor('customer', randomUUID()));
    return { client, order: await client.placeOrder(LINES) };
  }
}

/** Maximum number of concurrent requests. With more, requests could time out on a small machine. */
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

const pay = ({ client, order }: Buyer): Promise<void> => client.pay(order.orderId);

async function expectStatus({ client, order }: Buyer, wanted: string): Promise<void> {
  const { status } = await client.getOrder(order.orderId);
  if (status !== wanted) throw new Error(`Order ${order.orderId} is ${status}, not ${wanted}.`);
}

/**
 * Returns the usage from the reservation to the shipping. Reads by the customer are not included:
 * their number depends on the shop.
 */
export const usageOfAllSteps = ({ place, pay: paid, fulfil }: StepUsages): Usage =>
  mergeUsages([place, paid, fulfil]);

/** Throws if an invocation failed, because its retries would be counted as usage of the order. */
export function requireCleanRun(what: string, tally: Usage): void {
  const failed = sumOf(tally.invocations.values(), (one) => one.failed);
  const rejected = [...tally.requests].filter(([, { status }]) => status >= 400);
  if (failed > 0 || rejected.length > 0)
    throw new Error(`${what}: ${failed} invocations failed, ${rejected.length} routes rejected`);
}

export const hasNoWrites = (tally: Usage): boolean =>
  unitTotalsOf(tally, () => true).writeUnits === 0;
