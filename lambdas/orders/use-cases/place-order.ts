import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import type { HoldCaps, TooManyHolds } from '../domain/customer-holds.ts';
import type { KeyReused } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { newOrder, type PriceRefusal, priceLines, type Requested } from '../domain/place-order.ts';
import { claimHold } from './claim-hold.ts';
import { extendHold } from './extend-hold.ts';
import type {
  CustomerHoldStore,
  Hold,
  HoldRefusal,
  Inventory,
  OrderStore,
  OrderWalk,
  ProductStore,
} from './ports.ts';

export type PlaceOrder = {
  /** Made from caller, route and key: whoever repeats the request comes to the same order, and the same hold. */
  readonly orderId: string;
  readonly operationId: string;
  readonly customerId: string;
  readonly lines: readonly Requested[];
  readonly fingerprint: string;
  readonly holdSeconds: number;
  readonly caps: HoldCaps;
  readonly correlationId: string;
  readonly now: Instant;
};

type Ports = {
  readonly orders: OrderStore & Pick<OrderWalk, 'getAll'>;
  readonly products: ProductStore;
  readonly customers: CustomerHoldStore;
  readonly inventory: Inventory;
};
type AboveCap = {
  readonly kind: 'aboveCap';
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};
export type PlaceRefusal = KeyReused | PriceRefusal | HoldRefusal | TooManyHolds | AboveCap;

/** Prices the lines, claims room among the customer's holds, holds the units, writes the order. Whatever it dies of in between, the repeat goes on or the hold lapses. */
export async function placeOrder(
  { orders, products, customers, inventory }: Ports,
  command: PlaceOrder,
): Promise<Result<Order, PlaceRefusal>> {
  const [existing, known] = await Promise.all([
    orders.get(command.orderId),
    products.getAll([...new Set(command.lines.map(({ sku }) => sku))]),
  ]);
  if (existing !== undefined) return repeatOf(existing, command);

  const priced = priceLines(command.lines, known);
  if (!priced.ok) return priced;

  const lines = priced.value.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  if (units > command.caps.units) return refused(aboveCap(command.caps));
  const claim = await claimHold({ customers, orders }, { ...command, units });
  if (!claim.ok) return claim;
  const hold = await held(inventory, command, lines);
  if (!hold.ok) {
    await customers.drop(command.customerId, claim.value);
    return hold;
  }

  const order = newOrder({ ...command, ...priced.value, expiresAt: hold.value.expiresAt }, command.now);
  const twin = await orders.create(order);
  return twin === undefined ? accepted(order) : repeatOf(twin, command);
}

const repeatOf = (order: Order, { fingerprint }: PlaceOrder): Result<Order, KeyReused> =>
  order.fingerprint === fingerprint ? accepted(order) : refused({ kind: 'keyReused' });

const aboveCap = ({ units }: HoldCaps): AboveCap => ({
  kind: 'aboveCap',
  errors: [{ path: 'body.lines', message: `A customer may hold ${units} units at a time` }],
});

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
