import type { RejectionChecker } from '../simulator/checks/rejection-checker.ts';
import { CUSTOMER_LIMITS, HOARDED_SKU } from '../simulator/customer-limits.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { ApiRequest, ApiResponse } from '../simulator/functions/simulated-api.ts';
import type { SeededRandom } from '../simulator/random.ts';
import type { World } from '../simulator/world.ts';
import { ORDER_LOCATIONS, PICKUP_LOCATION } from './locations.ts';

export const SKUS = ['tea', 'cup', 'pot', 'jar', 'tin'] as const;
const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;

const ARRIVAL_MINUTES_MAX = 40;
/** Some customers wait longer than their hold lasts. */
const THINK_MINUTES_MAX = 14;
const DOUBLE_CLICK_RATE = 0.15;
const SECOND_CARD_RATE = 0.6;
/**
 * Share of customers who complete the action that their bank requires. The others do not return.
 */
const ACTION_COMPLETED_RATE = 0.6;
const STAFF_CANCELLATION_RATE = 0.3;

const CUSTOMER_PAYMENT_METHODS = [
  [60, 'pm_ok'],
  [8, 'pm_declined'],
  [4, 'pm_insufficient_funds'],
  [8, 'pm_authorize_timeout'],
  [8, 'pm_capture_fails'],
  [6, 'pm_refund_fails_2'],
  [3, 'pm_refund_fails'],
  [4, 'pm_refund_pending'],
  [4, 'pm_refund_pending_fails'],
  [4, 'pm_refund_fails_later'],
  [8, 'pm_requires_action'],
  [2, 'pm_requires_action_fails'],
  [2, 'pm_requires_action_abandoned'],
] as const;

const HOARDER_PAYMENT_METHODS = [
  [70, 'pm_declined'],
  [15, 'pm_insufficient_funds'],
  [5, 'pm_capture_fails'],
  [10, 'pm_ok'],
] as const;

/** Share of orders that customers collect at the shop. */
const PICKUP_RATE = 0.15;

type Line = { readonly sku: string; readonly quantity: number };
export type Shop = { readonly world: World; readonly rejectionChecker: RejectionChecker };

/** Runs one customer from the order to shipment or cancellation, as its random draws decide. */
export async function runCustomer(
  { world, rejectionChecker }: Shop,
  number: number,
  random: SeededRandom,
): Promise<void> {
  const by = { user: `customer-${number}` };
  const send = (route: string, step: string, body: unknown): Promise<ApiResponse> => {
    const request: ApiRequest = { by, key: `${step}-${number}`, body };
    const first = requestWithRetry(world, route, request);
    return random.nextBoolean(DOUBLE_CLICK_RATE)
      ? Promise.all([first, requestWithRetry(world, route, request)]).then(([one]) => one)
      : first;
  };
  const think = (minutesMax: number): Promise<void> =>
    world.time.wait(random.next() * minutesMax * MINUTE);

  await think(ARRIVAL_MINUTES_MAX);
  const lines = randomLines(random);
  const isPickup = random.nextBoolean(PICKUP_RATE);
  const stopWatching = rejectionChecker.watch(
    lines,
    isPickup ? [PICKUP_LOCATION] : ORDER_LOCATIONS,
  );
  const delivery = { kind: 'pickup', locationId: PICKUP_LOCATION };
  const placed = await send('POST /orders', 'order', isPickup ? { lines, delivery } : { lines });
  stopWatching(
    placed.status === 409 && placed.body.code === 'INSUFFICIENT_STOCK',
    `customer-${number}`,
  );
  if (placed.status !== 201) return;
  const path = `/orders/${placed.body.orderId}`;
  const cancel = (): Promise<ApiResponse> => send(`POST ${path}/cancellation`, 'cancel', {});
  const pay = (step: string, paymentMethod: string): Promise<ApiResponse> =>
    send(`POST ${path}/payment`, step, { paymentMethod });

  const behaviour = random.next();
  if (behaviour < 0.2) return;
  await think(random.nextBoolean(0.1) ? THINK_MINUTES_MAX : 2);
  if (behaviour < 0.28) {
    await cancel();
    return;
  }
  const method = random.pickWeighted(CUSTOMER_PAYMENT_METHODS);
  if (behaviour < 0.36) await Promise.all([pay('pay', method), think(0.02).then(cancel)]);
  else await pay('pay', method);
  await think(3);
  if (/declined|funds/.test(method) && random.nextBoolean(SECOND_CARD_RATE))
    await pay('pay-again', 'pm_ok');
  if (/requires_action/.test(method) && random.nextBoolean(ACTION_COMPLETED_RATE))
    await pay('pay-on', method);
  if (behaviour < 0.55) {
    await think(5);
    if (random.nextBoolean(STAFF_CANCELLATION_RATE))
      await requestWithRetry(world, `POST /staff${path}/cancellation`, {
        by: STAFF,
        key: `staff-cancel-${number}`,
        body: { reason: 'cancelled by phone' },
      });
    else await cancel();
  } else if (behaviour < 0.8) {
    await think(10);
    await requestWithRetry(world, `GET /staff${path}`, { by: STAFF });
    await requestWithRetry(world, `POST ${path}/fulfilment`, {
      by: STAFF,
      key: `ship-${number}`,
      body: {},
    });
  }
}

const HOARDED_KEYS = 6;
const HOARDED_ORDERS = 24;
const HOARDER = { user: 'hoarder' };

/**
 * Runs a customer who tries to exceed the limits: concurrent orders with few keys and changing
 * bodies, declined cards, and extensions of expired holds.
 */
export async function runHoarder({ world }: Shop, random: SeededRandom): Promise<void> {
  const send = (route: string, key: string, body: unknown): Promise<ApiResponse> =>
    requestWithRetry(world, route, { by: HOARDER, key, body });
  const placeOrders = async (number: number): Promise<void> => {
    await world.time.wait(random.next() * ARRIVAL_MINUTES_MAX * MINUTE);
    const key = `hoard-${random.nextInteger(1, HOARDED_KEYS)}`;
    const order = (quantity: number): Promise<ApiResponse> =>
      send('POST /orders', key, { lines: [{ sku: HOARDED_SKU, quantity }] });
    const placed = await Promise.all([
      order(random.nextInteger(1, CUSTOMER_LIMITS.unitsPerCustomer)),
      order(random.nextInteger(1, 6)),
    ]);
    for (const { status, body } of placed) {
      if (status !== 201) continue;
      await world.time.wait(random.next() * THINK_MINUTES_MAX * MINUTE);
      const paymentMethod = random.pickWeighted(HOARDER_PAYMENT_METHODS);
      await send(`POST /orders/${body.orderId}/payment`, `hoard-pay-${number}`, { paymentMethod });
      if (random.nextBoolean(0.2))
        await send(`POST /orders/${body.orderId}/cancellation`, `hoard-off-${number}`, {});
    }
  };
  await Promise.all(Array.from({ length: HOARDED_ORDERS }, (_, number) => placeOrders(number)));
}

/** Returns a violation unless the hoarder can hold the full limit after all holds have expired. */
export async function checkLimitIsFreeAgain(world: World): Promise<string[]> {
  const lines = [{ sku: HOARDED_SKU, quantity: CUSTOMER_LIMITS.unitsPerCustomer }];
  const { status, body } = await requestWithRetry(world, 'POST /orders', {
    by: HOARDER,
    key: 'whole',
    body: { lines },
  });
  return status === 201
    ? []
    : [`no hold is open, but the full limit cannot be held: ${JSON.stringify(body)}`];
}

function randomLines(random: SeededRandom): readonly Line[] {
  const skus = new Set(Array.from({ length: random.nextInteger(1, 3) }, () => random.pick(SKUS)));
  return [...skus].map((sku) => ({ sku, quantity: random.nextInteger(1, 3) }));
}
