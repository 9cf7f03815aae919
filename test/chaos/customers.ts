import type { Chance } from '../simulator/chance.ts';
import type { Refusals } from '../simulator/checks/refusals.ts';
import type { Asked, Response } from '../simulator/functions/api.ts';
import { ask } from '../simulator/functions/client.ts';
import { HOARDED_SKU, LIMITS } from '../simulator/limits.ts';
import type { World } from '../simulator/world.ts';

export const SKUS = ['tea', 'cup', 'pot', 'jar', 'tin'] as const;
const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;

const ARRIVAL_MINUTES_MAX = 40;
/** Some think for longer than their hold lasts. */
const THOUGHT_MINUTES_MAX = 14;
const DOUBLE_CLICK_RATE = 0.15;
const SECOND_CARD_RATE = 0.6;
/** Of the customers whose bank requires an action, those who come back to the shop; the others close the window. */
const ACTION_RATE = 0.6;
const STAFF_CANCELS_RATE = 0.3;
/** Of the skus over several cells, from the first; the others have one, until the warehouse thinks otherwise. */
const SHARDS: Readonly<Record<string, number>> = { tea: 4, cup: 2 };
const SHARDS_MAX = 5;
const RESHARDING_RATE = 0.2;

const METHODS = [
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

const METHODS_OF_HOARDER = [
  [70, 'pm_declined'],
  [15, 'pm_insufficient_funds'],
  [5, 'pm_capture_fails'],
  [10, 'pm_ok'],
] as const;

type Line = { readonly sku: string; readonly quantity: number };
export type Shop = { readonly world: World; readonly refusals: Refusals };

/** One customer, from the first look to the last regret: a story of its own for each seed and number. */
export async function shopping(
  { world, refusals }: Shop,
  number: number,
  chance: Chance,
): Promise<void> {
  const by = { user: `customer-${number}` };
  const send = (route: string, step: string, body: unknown): Promise<Response> => {
    const asked: Asked = { by, key: `${step}-${number}`, body };
    const first = ask(world, route, asked);
    return chance.happens(DOUBLE_CLICK_RATE)
      ? Promise.all([first, ask(world, route, asked)]).then(([one]) => one)
      : first;
  };
  const think = (minutesMax: number): Promise<void> =>
    world.time.wait(chance.next() * minutesMax * MINUTE);

  await think(ARRIVAL_MINUTES_MAX);
  const lines = linesOf(chance);
  const seen = refusals.watch(lines);
  const placed = await send('POST /orders', 'order', { lines });
  seen(placed.status === 409 && placed.body.code === 'INSUFFICIENT_STOCK', `customer-${number}`);
  if (placed.status !== 201) return;
  const path = `/orders/${placed.body.orderId}`;
  const cancel = (): Promise<Response> => send(`POST ${path}/cancellation`, 'cancel', {});
  const pay = (step: string, paymentMethod: string): Promise<Response> =>
    send(`POST ${path}/payment`, step, { paymentMethod });

  const way = chance.next();
  if (way < 0.2) return;
  await think(chance.happens(0.1) ? THOUGHT_MINUTES_MAX : 2);
  if (way < 0.28) {
    await cancel();
    return;
  }
  const method = chance.weighted(METHODS);
  if (way < 0.36) await Promise.all([pay('pay', method), think(0.02).then(cancel)]);
  else await pay('pay', method);
  await think(3);
  if (/declined|funds/.test(method) && chance.happens(SECOND_CARD_RATE))
    await pay('pay-again', 'pm_ok');
  if (/requires_action/.test(method) && chance.happens(ACTION_RATE)) await pay('pay-on', method);
  if (way < 0.55) {
    await think(5);
    if (chance.happens(STAFF_CANCELS_RATE))
      await ask(world, `POST /staff${path}/cancellation`, {
        by: STAFF,
        key: `staff-cancel-${number}`,
        body: { reason: 'asked on the phone' },
      });
    else await cancel();
  } else if (way < 0.8) {
    await think(10);
    await ask(world, `GET /staff${path}`, { by: STAFF });
    await ask(world, `POST ${path}/fulfilment`, { by: STAFF, key: `ship-${number}`, body: {} });
  }
}

const HOARDED_KEYS = 6;
const HOARDED_ORDERS = 24;
const HOARDED_UNITS = 500;
const HOARDER = { user: 'hoarder' };

/**
 * A customer who wants to hold more than the limits: few keys with ever other bodies, several at once, cards that are
 * declined, and holds that are taken up again after they expired.
 */
export async function hoarding({ world }: Shop, chance: Chance): Promise<void> {
  const send = (route: string, key: string, body: unknown): Promise<Response> =>
    ask(world, route, { by: HOARDER, key, body });
  const round = async (number: number): Promise<void> => {
    await world.time.wait(chance.next() * ARRIVAL_MINUTES_MAX * MINUTE);
    const key = `hoard-${chance.whole(1, HOARDED_KEYS)}`;
    const order = (quantity: number): Promise<Response> =>
      send('POST /orders', key, { lines: [{ sku: HOARDED_SKU, quantity }] });
    const placed = await Promise.all([
      order(chance.whole(1, LIMITS.unitsPerCustomer)),
      order(chance.whole(1, 6)),
    ]);
    for (const { status, body } of placed) {
      if (status !== 201) continue;
      await world.time.wait(chance.next() * THOUGHT_MINUTES_MAX * MINUTE);
      const paymentMethod = chance.weighted(METHODS_OF_HOARDER);
      await send(`POST /orders/${body.orderId}/payment`, `hoard-pay-${number}`, { paymentMethod });
      if (chance.happens(0.2))
        await send(`POST /orders/${body.orderId}/cancellation`, `hoard-off-${number}`, {});
    }
  };
  await Promise.all(Array.from({ length: HOARDED_ORDERS }, (_, number) => round(number)));
}

/** When all holds are over, the hoarder can hold as much as the limits say again. */
export async function wholeLimit(world: World): Promise<string[]> {
  const lines = [{ sku: HOARDED_SKU, quantity: LIMITS.unitsPerCustomer }];
  const { status, body } = await ask(world, 'POST /orders', {
    by: HOARDER,
    key: 'whole',
    body: { lines },
  });
  return status === 201
    ? []
    : [`nothing is held, and the whole limit cannot be: ${JSON.stringify(body)}`];
}

function linesOf(chance: Chance): readonly Line[] {
  const skus = new Set(Array.from({ length: chance.whole(1, 3) }, () => chance.pick(SKUS)));
  return [...skus].map((sku) => ({ sku, quantity: chance.whole(1, 3) }));
}

/** What was acknowledged of goods in and adjustments, by sku: what the shelf owes. */
export type Ledger = Map<string, number>;

const settingsOf = (sku: string, shardCount: number) => ({
  name: sku,
  lowStockThreshold: 5,
  shardCount,
});

/** A warehouse: goods in, things broken; each acknowledged one is in the ledger. Now and then a sku gets other shards. */
export async function storing(
  { world }: Shop,
  ledger: Ledger,
  steps: number,
  chance: Chance,
): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await world.time.wait(chance.next() * 2 * MINUTE);
    const sku = chance.pick(SKUS);
    if (chance.happens(RESHARDING_RATE))
      await ask(world, `PUT /stock/${sku}`, {
        by: STAFF,
        body: settingsOf(sku, chance.whole(1, SHARDS_MAX)),
      });
    const isReceipt = chance.happens(0.6);
    const delta = isReceipt ? chance.whole(1, 6) : -1;
    const body = isReceipt ? { quantity: delta } : { delta, reason: 'damaged' };
    const route = `POST /stock/${sku}/${isReceipt ? 'receipts' : 'adjustments'}`;
    const asked: Asked = { by: STAFF, key: `store-${step}`, body };
    const { status } = await ask(world, route, asked);
    if (status < 300) ledger.set(sku, (ledger.get(sku) ?? 0) + delta);
  }
}

export async function opening({ world }: Shop, ledger: Ledger, units: number): Promise<void> {
  const hat = { name: HOARDED_SKU, unitPrice: { amount: 500, currency: 'EUR' } };
  await ask(world, `PUT /products/${HOARDED_SKU}`, { by: STAFF, body: hat });
  await ask(world, `PUT /stock/${HOARDED_SKU}`, { by: STAFF, body: settingsOf(HOARDED_SKU, 1) });
  await ask(world, `POST /stock/${HOARDED_SKU}/receipts`, {
    by: STAFF,
    key: `first-${HOARDED_SKU}`,
    body: { quantity: HOARDED_UNITS },
  });
  for (const sku of SKUS) {
    const unitPrice = { amount: 500, currency: 'EUR' };
    await ask(world, `PUT /products/${sku}`, { by: STAFF, body: { name: sku, unitPrice } });
    await ask(world, `PUT /stock/${sku}`, { by: STAFF, body: settingsOf(sku, SHARDS[sku] ?? 1) });
    await ask(world, `POST /stock/${sku}/receipts`, {
      by: STAFF,
      key: `first-${sku}`,
      body: { quantity: units },
    });
    ledger.set(sku, units);
  }
}
