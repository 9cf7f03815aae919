import {
  type AmountProblem,
  amountProblemOf,
  type PaymentProviderName,
} from '../../contracts/payment-amounts.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import type { HoldCaps, TooManyHolds } from '../domain/customer-holds.ts';
import type { KeyReused } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { newOrder, type PriceRefusal, priceLines, type Requested } from '../domain/place-order.ts';
import { claimHold, latestEndOf } from './claim-hold.ts';
import { extendHold } from './extend-hold.ts';
import type {
  CustomerHoldStore,
  Hold,
  HoldRefusal,
  Inventory,
  OrderStore,
  OrderWalk,
  PlacementStore,
  ProductStore,
} from './ports.ts';

export type PlaceOrder = {
  /** Random: the order's id, unless an earlier request with this key was given another. */
  readonly orderId: string;
  /** Random, new for each request. */
  readonly claimId: string;
  readonly operationId: string;
  readonly customerId: string;
  readonly lines: readonly Requested[];
  readonly fingerprint: string;
  readonly holdSeconds: number;
  readonly caps: HoldCaps;
  readonly provider: PaymentProviderName;
  readonly correlationId: string;
  readonly now: Instant;
};

type Ports = {
  readonly orders: OrderStore & Pick<OrderWalk, 'getAll'>;
  readonly products: ProductStore;
  readonly placements: PlacementStore;
  readonly customers: CustomerHoldStore;
  readonly inventory: Inventory;
};
type AboveCap = {
  readonly kind: 'aboveCap';
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};
/** The configured payment provider cannot take the total: the order could never be paid. */
type AmountNotPayable = {
  readonly kind: 'amountNotPayable';
  readonly reason: AmountProblem;
  readonly total: Order['total'];
};
export type PlaceRefusal =
  | KeyReused
  | PriceRefusal
  | HoldRefusal
  | TooManyHolds
  | AboveCap
  | AmountNotPayable;

/**
 * Binds the key to an order id, prices the lines, claims room among the customer's holds, holds the units, writes the
 * order. A request that dies in between is continued by its repeat, or its hold expires.
 */
export async function placeOrder(
  ports: Ports,
  command: PlaceOrder,
): Promise<Result<Order, PlaceRefusal>> {
  const { orders, products, placements, customers, inventory } = ports;
  const { operationId, fingerprint, now } = command;
  const [placement, known] = await Promise.all([
    placements.begin({ operationId, orderId: command.orderId, fingerprint }, now),
    products.getAll([...new Set(command.lines.map(({ sku }) => sku))]),
  ]);
  if (placement.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });
  const { orderId } = placement;
  const placing = { ...command, orderId };
  const existing = orderId === command.orderId ? undefined : await orders.get(orderId);
  if (existing !== undefined) return accepted(existing);

  const priced = priceLines(command.lines, known);
  if (!priced.ok) return priced;

  const problem = amountProblemOf(command.provider, priced.value.total);
  if (problem !== undefined)
    return refused({ kind: 'amountNotPayable', reason: problem, total: priced.value.total });

  const lines = priced.value.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  if (units > command.caps.units) return refused(aboveCap(command.caps));
  const { claimId, holdSeconds, customerId, caps } = command;
  const claim = { orderId, units, claimId, until: latestEndOf(now, holdSeconds) };
  const claimed = await claimHold({ customers, orders }, { customerId, claim, caps, now });
  if (!claimed.ok) return claimed;
  const hold = await held(inventory, placing, lines);
  if (!hold.ok) {
    await customers.drop(customerId, claim);
    return hold;
  }

  const { expiresAt } = hold.value;
  const order = newOrder({ ...placing, ...priced.value, placementId: operationId, expiresAt }, now);
  return accepted((await orders.create(order)) ?? order);
}

const aboveCap = ({ units }: HoldCaps): AboveCap => ({
  kind: 'aboveCap',
  errors: [{ path: 'body.lines', message: `A customer may hold at most ${units} units at a time` }],
});

/** A repeat may find that the hold of its first try has expired: it is held again while the stock is there. */
async function held(
  inventory: Inventory,
  command: PlaceOrder,
  lines: readonly Requested[],
): Promise<Result<Hold, HoldRefusal>> {
  const { orderId, correlationId, holdSeconds } = command;
  const reserved = await inventory.reserve({ orderId, correlationId, lines, holdSeconds });
  if (!reserved.ok || reserved.value.status === 'HELD') return reserved;
  return extendHold(inventory, { ...command, step: 'place' }, holdSeconds);
}
