import {
  type components,
  createClient,
  type ProblemCode,
  type StockbookClient,
  StockbookError,
  unwrap,
} from '../../client/src/index.ts';
import { waitUntil } from './wait-until.ts';

type Schemas = components['schemas'];
export type Stock = Schemas['Stock'];
export type Order = Schemas['Order'];
export type PlacedOrder = Schemas['PlacedOrder'];
export type Movement = Schemas['Movement'];
export type Count = Schemas['Count'];

type Line = { readonly sku: string; readonly quantity: number };
type Receipt = {
  readonly quantity: number;
  readonly reference?: string;
  readonly locationId?: string;
  readonly createLocation?: boolean;
};
type Product = {
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: Schemas['Product']['unitPrice'];
};

/** One caller of the API, for the demo, the tour and measurements. Throws for any rejection. */
export class DemoClient {
  /** For requests that have no method here. */
  readonly api: StockbookClient;

  constructor(url: string, token: string) {
    this.api = createClient({ url, identity: { token } });
  }

  /** Creates a product with its price, and its SKU. */
  async putProduct({ sku, name, unitPrice }: Product): Promise<void> {
    const params = { path: { sku } };
    unwrap(await this.api.PUT('/products/{sku}', { params, body: { name, unitPrice } }));
    await this.putStock(sku, name);
  }

  async putStock(sku: string, name: string): Promise<void> {
    unwrap(await this.api.PUT('/stock/{sku}', { params: { path: { sku } }, body: { name } }));
  }

  async receive(sku: string, body: Receipt): Promise<void> {
    unwrap(await this.api.POST('/stock/{sku}/receipts', { params: { path: { sku } }, body }));
  }

  /** `key` is the idempotency key. @default a new one */
  async placeOrder(lines: readonly Line[], key?: string): Promise<PlacedOrder> {
    const params = key === undefined ? {} : { header: { 'Idempotency-Key': key } };
    return unwrap(await this.api.POST('/orders', { params, body: { lines: [...lines] } }));
  }

  async pay(orderId: string, paymentMethod = 'pm_ok'): Promise<void> {
    const params = { path: { orderId } };
    unwrap(await this.api.POST('/orders/{orderId}/payment', { params, body: { paymentMethod } }));
  }

  async cancel(orderId: string): Promise<void> {
    unwrap(
      await this.api.POST('/orders/{orderId}/cancellation', { params: { path: { orderId } } }),
    );
  }

  async fulfil(orderId: string): Promise<void> {
    unwrap(await this.api.POST('/orders/{orderId}/fulfilment', { params: { path: { orderId } } }));
  }

  async getStock(sku: string): Promise<Stock> {
    return unwrap(await this.api.GET('/stock/{sku}', { params: { path: { sku } } }));
  }

  async getOrder(orderId: string): Promise<Order> {
    return unwrap(await this.api.GET('/orders/{orderId}', { params: { path: { orderId } } }));
  }

  /** Counts the units on the shelf, as of now. */
  async count(sku: string, counted: number): Promise<Count> {
    return unwrap(
      await this.api.POST('/stock/{sku}/counts', {
        params: { path: { sku } },
        body: { counted, countedAt: new Date().toISOString() },
      }),
    );
  }

  waitForOrder(orderId: string, ...statuses: readonly string[]): Promise<Order> {
    return waitUntil(
      () => this.getOrder(orderId),
      ({ status }) => statuses.includes(status),
      ({ status }) => `Order ${orderId} is ${status}, not ${statuses.join(' or ')}.`,
    );
  }

  waitForStock(sku: string, isThere: (stock: Stock) => boolean): Promise<Stock> {
    return waitUntil(
      () => this.getStock(sku),
      isThere,
      (stock) => `The stock of ${sku} did not reach the expected state: ${JSON.stringify(stock)}`,
    );
  }

  /** Lists all movements of a SKU, oldest first. */
  async listMovements(sku: string): Promise<Movement[]> {
    const params = { path: { sku }, query: { limit: 100 } };
    return (await Array.fromAsync(this.api.items('/stock/{sku}/movements', params))).reverse();
  }
}

/** Rejection of a request. API Gateway's own rejections have a status only. */
export type Rejection = { readonly status: number; readonly code: ProblemCode | undefined };

/** Returns the rejection of a request that must be rejected. */
export async function rejectionOf(
  pending: Promise<{ readonly error?: unknown; readonly response: Response }>,
): Promise<Rejection> {
  const { error, response } = await pending;
  if (response.ok) throw new Error(`${response.url} was not rejected, but ${response.status}`);
  const { status, code } = new StockbookError(response.status, error);
  return { status, code };
}
