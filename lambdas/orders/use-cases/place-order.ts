import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import type { KeyReused } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { newOrder, type PriceRefusal, priceLines, type Requested } from '../domain/place-order.ts';
import { extendHold } from './extend-hold.ts';
import type { Hold, HoldRefusal, Inventory, OrderStore, ProductStore } from './ports.ts';

export type PlaceOrder = {
  /** Made from caller, route and key: whoever repeats the request comes to the same order, and the same hold. */
  readonly orderId: string;
  readonly operationId: string;
  readonly customerId: string;
  readonly lines: readonly Requested[];
  readonly fingerprint: string;
  readonly holdSeconds: number;
  readonly correlationId: string;
  readonly now: Instant;
};

type Ports = { readonly orders: OrderStore; readonly products: ProductStore; readonly inventory: Inventory };

/** Prices the lines, holds the units, writes the order. Whatever it dies of in between, the repeat goes on or the hold lapses. */
export async function placeOrder(
  { orders, products, inventory }: Ports,
  command: PlaceOrder,
): Promise<Result<Order, KeyReused | PriceRefusal | HoldRefusal>> {
  const [existing, known] = await Promise.all([
    orders.get(command.orderId),
    products.getAll([...new Set(command.lines.map(({ sku }) => sku))]),
  ]);
  if (existing !== undefined) return repeatOf(existing, command);

  const priced = priceLines(command.lines, known);
  if (!priced.ok) return priced;

  const lines = priced.value.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const hold = await held(inventory, command, lines);
  if (!hold.ok) return hold;

  const order = newOrder({ ...command, ...priced.value, expiresAt: hold.value.expiresAt }, command.now);
  const twin = await orders.create(order);
  return twin === undefined ? accepted(order) : repeatOf(twin, command);
}

const repeatOf = (order: Order, { fingerprint }: PlaceOrder): Result<Order, KeyReused> =>
  order.fingerprint === fingerprint ? accepted(order) : refused({ kind: 'keyReused' });

/** A repeat may find that the hold of its first try has lapsed: it is taken up again while the stock is there. */
async function held(
  inventory: Inventory,
  command: PlaceOrder,
  lines: readonly Requested[],
): Promise<Result<Hold, HoldRefusal>> {
  const { orderId, correlationId, holdSeconds } = command;
  const reserved = await inventory.reserve({ orderId, correlationId, lines, ttlSeconds: holdSeconds });
  if (!reserved.ok || reserved.value.status === 'HELD') return reserved;
  return extendHold(inventory, command, holdSeconds);
}
