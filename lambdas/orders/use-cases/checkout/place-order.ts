import type { Delivery } from '../../../contracts/api/orders.ts';
import {
  type AmountProblem,
  amountProblemOf,
  type PaymentProviderName,
} from '../../../contracts/payment-amounts.ts';
import { defined } from '../../../shared/core/defined.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { HoldCaps, TooManyHolds } from '../../domain/customer-holds.ts';
import type { KeyReused } from '../../domain/decision.ts';
import { type Order, withAllocations } from '../../domain/order.ts';
import {
  createOrder,
  type PricingError,
  priceLines,
  type RequestedLine,
} from '../../domain/place-order.ts';
import type {
  CustomerHoldStore,
  Hold,
  HoldError,
  InventoryClient,
  OrderReader,
  OrderStore,
  PlacementStore,
  ProductStore,
} from '../ports.ts';
import { claimHold, latestHoldEndOf } from './claim-hold.ts';
import { extendReservation } from './extend-hold.ts';

export type PlaceOrderInput = {
  /** Random order id, used unless an earlier request with this key was given another. */
  readonly orderId: string;
  /** Random id, new for each request. */
  readonly claimId: string;
  readonly operationId: string;
  readonly customerId: string;
  readonly lines: readonly RequestedLine[];
  readonly delivery?: Delivery | undefined;
  readonly fingerprint: string;
  readonly holdSeconds: number;
  readonly caps: HoldCaps;
  readonly provider: PaymentProviderName;
  readonly correlationId: string;
  readonly now: Instant;
};

type Ports = {
  readonly orders: OrderStore & Pick<OrderReader, 'getAll'>;
  readonly products: ProductStore;
  readonly placements: PlacementStore;
  readonly customers: CustomerHoldStore;
  readonly inventory: InventoryClient;
};
type AboveCap = {
  readonly kind: 'aboveCap';
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};
/**
 * Error: the configured payment provider cannot take the total, so the order could never be paid.
 */
type AmountNotPayable = {
  readonly kind: 'amountNotPayable';
  readonly reason: AmountProblem;
  readonly total: Order['total'];
};
export type PlaceOrderError =
  | KeyReused
  | PricingError
  | HoldError
  | TooManyHolds
  | AboveCap
  | AmountNotPayable;

/**
 * Binds the key to an order id, prices the lines, claims room, holds the units and writes the
 * order. After a crash in between, a repeat continues or the hold expires.
 */
export async function placeOrder(
  ports: Ports,
  command: PlaceOrderInput,
): Promise<Result<Order, PlaceOrderError>> {
  const { orders, products, placements, customers, inventory } = ports;
  const { operationId, fingerprint, now } = command;
  const [placement, knownProducts] = await Promise.all([
    placements.getOrCreate({ operationId, orderId: command.orderId, fingerprint }, now),
    products.getAll([...new Set(command.lines.map(({ sku }) => sku))]),
  ]);
  if (placement.fingerprint !== fingerprint) return err({ kind: 'keyReused' });
  const { orderId } = placement;
  const placementInput = { ...command, orderId };
  const existing = orderId === command.orderId ? undefined : await orders.get(orderId);
  if (existing !== undefined) return ok(existing);

  const priced = priceLines(command.lines, knownProducts);
  if (!priced.ok) return priced;

  const problem = amountProblemOf(command.provider, priced.value.total);
  if (problem !== undefined)
    return err({ kind: 'amountNotPayable', reason: problem, total: priced.value.total });

  const lines = priced.value.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  if (units > command.caps.units) return err(aboveCapError(command.caps));
  const { claimId, holdSeconds, customerId, caps } = command;
  const claim = { orderId, units, claimId, until: latestHoldEndOf(now, holdSeconds) };
  const claimed = await claimHold({ customers, orders }, { customerId, claim, caps, now });
  if (!claimed.ok) return claimed;
  const hold = await reserveOrExtend(inventory, placementInput, lines);
  if (!hold.ok) {
    await customers.dropClaim(customerId, claim);
    return hold;
  }

  const { expiresAt, lines: held } = hold.value;
  const order = createOrder(
    {
      ...placementInput,
      ...priced.value,
      lines: withAllocations(priced.value.lines, held),
      placementId: operationId,
      expiresAt,
    },
    now,
  );
  return ok((await orders.create(order)) ?? order);
}

const aboveCapError = ({ units }: HoldCaps): AboveCap => ({
  kind: 'aboveCap',
  errors: [{ path: 'body.lines', message: `A customer may hold at most ${units} units at a time` }],
});

/**
 * Reserves the units. Extends the reservation when a repeat finds the hold of its first request
 * expired.
 */
async function reserveOrExtend(
  inventory: InventoryClient,
  command: PlaceOrderInput,
  lines: readonly RequestedLine[],
): Promise<Result<Hold, HoldError>> {
  const { orderId, correlationId, holdSeconds, delivery } = command;
  const pickupAt = delivery?.kind === 'pickup' ? delivery.locationId : undefined;
  const reserved = await inventory.reserve({
    orderId,
    correlationId,
    lines,
    holdSeconds,
    ...defined({ pickupAt }),
  });
  if (!reserved.ok || reserved.value.status === 'HELD') return reserved;
  return extendReservation(inventory, { ...command, step: 'place' }, holdSeconds);
}
