import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { loadFactor } from '../../../local/load-factor.ts';
import { call, createStockedSku, expectStatus, newSku, staff } from '../../support/e2e/e2e.ts';
import { readLogLines } from '../../support/e2e/function-logs.ts';
import { signedCall } from '../../support/e2e/signed-call.ts';

const SECOND = 1_000;
const HOLD_SECONDS = 70;
/** Maximum time from the moment at which a look may act to its event: a minute, and the event. */
const LOOK_SECONDS_MAX = 70;
/** A look in which a level may not change yet, a hold, and the look after it. */
const TEST_MILLISECONDS = 300 * SECOND * loadFactor();
const EVENT_SECONDS_MAX = 30;
const POLL_MILLISECONDS = 500;

type Item = { readonly level: string; readonly pickup?: readonly string[] };

/** Waits for a value. `expect.poll` belongs to one test, and these run at the same time. */
async function waitFor<Value>(
  wanted: Value,
  secondsMax: number,
  read: () => Promise<Value>,
): Promise<void> {
  const until = Date.now() + secondsMax * SECOND * loadFactor();
  for (;;) {
    const value = await read();
    if (value === wanted) return;
    if (Date.now() > until)
      throw new Error(`waited ${secondsMax} s for ${wanted}, but it is ${value}`);
    await delay(POLL_MILLISECONDS);
  }
}

/** Waits until the storefront shows a level of the SKU. Returns the time. */
async function waitForLevel(sku: string, level: string, secondsMax: number): Promise<number> {
  await waitFor(level, secondsMax, async () => (await shownOf(sku))?.level);
  return Date.now();
}

async function shownOf(sku: string): Promise<Item | undefined> {
  const { body } = expectStatus(
    200,
    await call<{ items: readonly Item[] }>(`GET /shop/availability?skus=${sku}`),
  );
  return body.items[0];
}

/** Returns how often the levels of a SKU in total were published. */
const announcementsOf = async (sku: string, type: string): Promise<number> =>
  (await readLogLines()).filter(
    ({ line }) =>
      line.message === 'event published' &&
      line.type === type &&
      new RegExp(`^level/${sku}/\\d+/${type}$`).test(String(line.eventId)),
  ).length;

const waitForAnnouncements = (sku: string, type: string, count: number) =>
  waitFor(count, EVENT_SECONDS_MAX, () => announcementsOf(sku, type));

const patch = async (sku: string, body: object) =>
  expectStatus(200, await call(`PATCH /stock/${sku}`, { token: staff(), body }));

const isReachable =
  inject('hasStorefront') && inject('serviceKey') !== undefined && inject('localEndpoints');

// They wait for looks, which come each minute, so they run at the same time.
describe.runIf(isReachable).concurrent('the levels that the storefront shows', () => {
  test(
    'a SKU sold out in holds only is announced as in within 70 s of the expiry, without a request',
    async () => {
      const sku = await createStockedSku('levels-held', 2);
      await waitForLevel(sku, 'in', LOOK_SECONDS_MAX);

      const held = expectStatus(
        201,
        await signedCall<{ expiresAt: string }>('PUT', `/reservations/${newSku('levels')}`, {
          lines: [{ sku, quantity: 2 }],
          holdSeconds: HOLD_SECONDS,
        }),
      );
      const expiresAt = Date.parse(held.body.expiresAt);
      await waitForLevel(sku, 'out', HOLD_SECONDS / 2);
      await waitForAnnouncements(sku, 'AvailabilityChanged', 2);
      const shownAt = await waitForLevel(sku, 'in', HOLD_SECONDS + LOOK_SECONDS_MAX);

      expect(shownAt).toBeGreaterThanOrEqual(expiresAt);
      expect(shownAt - expiresAt).toBeLessThan(LOOK_SECONDS_MAX * SECOND * loadFactor());
      await waitForAnnouncements(sku, 'AvailabilityChanged', 3);
    },
    TEST_MILLISECONDS,
  );

  test(
    'a location that is taken out of sale is out within a look',
    async () => {
      const sku = await createStockedSku('levels-closed', 0);
      const locationId = newSku('closed');
      const location = { name: 'Shop', kind: 'store', pickup: true };
      const putLocation = (active: boolean) =>
        call(`PUT /locations/${locationId}`, { token: staff(), body: { ...location, active } });
      expectStatus(201, await putLocation(true));
      expectStatus(
        201,
        await call(`POST /stock/${sku}/receipts`, {
          token: staff(),
          body: { quantity: 5, locationId },
        }),
      );
      await waitForLevel(sku, 'in', LOOK_SECONDS_MAX);
      expect((await shownOf(sku))?.pickup).toEqual([locationId]);

      expectStatus(200, await putLocation(false));

      await waitForLevel(sku, 'out', LOOK_SECONDS_MAX);
      expect(await shownOf(sku)).not.toHaveProperty('pickup');
    },
    TEST_MILLISECONDS,
  );

  test(
    'a higher threshold is low at once, and is published as StockLow',
    async () => {
      const sku = await createStockedSku('levels-threshold', 5);
      const shownAt = await waitForLevel(sku, 'in', LOOK_SECONDS_MAX);
      await patch(sku, { lowStockThreshold: 5 });
      // A level changes to `low` only when it has not changed for 60 seconds.
      await delay(shownAt + 65 * SECOND - Date.now());
      expect(await shownOf(sku)).toMatchObject({ level: 'in' });
      expect(await announcementsOf(sku, 'StockLow')).toBe(0);

      await patch(sku, { lowStockThreshold: 6 });

      await waitForLevel(sku, 'low', LOOK_SECONDS_MAX / 2);
      await waitForAnnouncements(sku, 'StockLow', 1);
    },
    TEST_MILLISECONDS,
  );
});
