import { expect, test } from 'vitest';
import {
  releaseReservation,
  takePartStep,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { commitForService } from '../../../../lambdas/inventory/use-cases/reservations/commit-for-service.ts';
import { takePartStepForService } from '../../../../lambdas/inventory/use-cases/reservations/part-step-for-service.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import {
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const OWNER = 'service:000000000000/role/shop';
const HOLD_SECONDS = 600;
const AFTER_EXPIRY = NOON + seconds(2 * HOLD_SECONDS);

/** Returns a store with 3 units of tea, all of them held under `res-1`. */
async function storeWithHold() {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 3 }));
  unwrap(await reserveStock(store, reserveCommand({ owner: OWNER, holdSeconds: HOLD_SECONDS })));
  return store;
}
const commit = (store: MemoryStockStore, now = NOON) =>
  commitForService(store, commitCommand({ owner: OWNER, now }));

test('commits a hold, and its repeat commits nothing more', async () => {
  const store = await storeWithHold();

  const first = await commit(store);
  const again = await commit(store);

  expect(first).toMatchObject({ ok: true, value: { status: 'COMMITTED', version: 2 } });
  expect(again).toEqual(first);
});

test('commits an expired hold whose units are there', async () => {
  const store = await storeWithHold();

  expect(await commit(store, AFTER_EXPIRY)).toMatchObject({ ok: true });
});

test('is rejected with the shortages when the units of an expired hold were taken', async () => {
  const store = await storeWithHold();
  const other = { reservationId: 'res-2', now: AFTER_EXPIRY, lines: [{ sku: 'tea', quantity: 1 }] };
  unwrap(await reserveStock(store, reserveCommand(other)));

  const results = [await commit(store, AFTER_EXPIRY), await commit(store, AFTER_EXPIRY)];

  const shortages = [{ sku: 'tea', requested: 3, available: 2 }];
  expect(results).toEqual(Array(2).fill({ ok: false, error: { kind: 'expired', shortages } }));
});

test('is rejected as released after a release', async () => {
  const store = await storeWithHold();
  await releaseReservation(store, { ...context(), reservationId: 'res-1', owner: OWNER });

  expect(await commit(store)).toEqual({ ok: false, error: { kind: 'released' } });
});

test('is rejected as expired for a reservation that was never made, and keeps it from being made', async () => {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 3 }));

  expect(await commit(store)).toEqual({ ok: false, error: { kind: 'expired', shortages: [] } });
  expect(await reserveStock(store, reserveCommand({ owner: OWNER }))).toMatchObject({
    ok: false,
    error: { kind: 'alreadyReleased' },
  });
});

test('returns a reservation that was shipped since, and is rejected for another owner', async () => {
  const store = await storeWithHold();
  await commit(store);
  const step = { stepId: 'parcel-1', kind: 'ship', fingerprint: 'print', owner: OWNER } as const;
  unwrap(await takePartStep(store, { ...context(), ...step, reservationId: 'res-1' }));

  expect(await commit(store)).toMatchObject({ ok: true, value: { status: 'FULFILLED' } });
  expect(await commitForService(store, commitCommand({ owner: 'order' }))).toEqual({
    ok: false,
    error: { kind: 'notOwner' },
  });
});

/** Request of a role for a step that takes 2 of the 3 units. */
const stepOf = (role: string) => ({
  params: { reservationId: 'res-1' },
  body: { stepId: 'step-1', lines: [{ sku: 'tea', locationId: 'main', quantity: 2 }] },
  caller: { id: `arn:aws:sts::000000000000:assumed-role/${role}/session` },
  idempotency: { fingerprint: 'print-1' },
  correlationId: 'corr-1',
  now: NOON,
});

test.each([
  ['ship', { shipped: 2 }],
  ['release', { released: 2 }],
] as const)('takes the step %s once for the service that owns the units', async (kind, part) => {
  const store = await storeWithHold();
  await commit(store);

  const results = [
    await takePartStepForService(store, kind, stepOf('shop')),
    await takePartStepForService(store, kind, stepOf('shop')),
  ];

  for (const result of results)
    expect(result).toMatchObject({ ok: true, value: { version: 3, lines: [part] } });
});

test.each(['ship', 'release'] as const)('rejects the step %s of another service', async (kind) => {
  const store = await storeWithHold();
  await commit(store);

  expect(await takePartStepForService(store, kind, stepOf('other'))).toEqual({
    ok: false,
    error: { kind: 'notOwner' },
  });
});
