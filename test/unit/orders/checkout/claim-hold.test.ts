import { describe, expect, test } from 'vitest';
import {
  CLAIMANTS_MAX,
  MERGED_CLAIMANT,
} from '../../../../lambdas/orders/domain/customer-holds.ts';
import { UNCHECKED_CLAIMS_MAX } from '../../../../lambdas/orders/use-cases/checkout/claim-hold.ts';
import { placeOrder } from '../../../../lambdas/orders/use-cases/checkout/place-order.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err } from '../../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { FakeInventory } from '../../../support/orders/fake-order-clients.ts';
import {
  createPlacementPorts,
  type PlaceInput,
  placeInput,
} from '../../../support/orders/order-ports.ts';
import { anOrder, anOrderIn, EXPIRES_AT_INSTANT } from '../../../support/orders/orders.ts';

describe('limits of one customer', () => {
  const two = { holds: 2, units: 10_000 };
  const ordering = (
    ports: ReturnType<typeof createPlacementPorts>,
    number: number,
    more: Partial<PlaceInput> = {},
  ) =>
    placeOrder(
      ports,
      placeInput({
        orderId: `ord-${number}`,
        claimId: `claim-${number}`,
        operationId: `op-${number}`,
        caps: two,
        ...more,
      }),
    );

  test('rejects one order above the limit with a retry time, and holds nothing', async () => {
    const ports = createPlacementPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);

    const third = await ordering(ports, 3, { now: NOON + seconds(60) });

    expect(third).toEqual(err({ kind: 'tooManyHolds', retryAfterSeconds: 540 }));
    expect(ports.inventory.requests.reserve).toHaveLength(2);
    expect((await ordering(ports, 4, { customerId: 'bob' })).ok).toBe(true);
  });

  const caps = { holds: 100, units: 10_000 };
  const numbers = Array.from({ length: UNCHECKED_CLAIMS_MAX }, (_, index) => index + 1);
  const claimed = (ports: ReturnType<typeof createPlacementPorts>) =>
    ports.customers.claims.get('alice')?.holds.length;

  test('prunes claims of closed orders, which keeps the record small', async () => {
    const ports = createPlacementPorts();
    for (const number of numbers) await ordering(ports, number, { caps });
    for (const number of numbers.slice(1))
      ports.orders.orders.set(
        `ord-${number}`,
        anOrder({ orderId: `ord-${number}`, status: 'COMPLETED' }),
      );
    expect(claimed(ports)).toBe(UNCHECKED_CLAIMS_MAX);

    expect((await ordering(ports, 9, { caps })).ok).toBe(true);

    expect(claimed(ports)).toBe(2);
  });

  test('keeps the claims of many open orders', async () => {
    const ports = createPlacementPorts();
    const many = [...numbers, 9, 10, 11];

    for (const number of many) expect((await ordering(ports, number, { caps })).ok).toBe(true);

    expect(claimed(ports)).toBe(many.length);
  });

  test('rejects one unit above the limit', async () => {
    const ports = createPlacementPorts();
    const caps = { holds: 100, units: 5 };
    await ordering(ports, 1, { caps, lines: [{ sku: 'tea', quantity: 3 }] });

    const [above, within] = [
      await ordering(ports, 2, { caps, lines: [{ sku: 'tea', quantity: 3 }] }),
      await ordering(ports, 3, { caps, lines: [{ sku: 'tea', quantity: 2 }] }),
    ];

    expect([above.ok, within.ok]).toEqual([false, true]);
  });

  test('rejects a single order above the limit', async () => {
    const ports = createPlacementPorts();

    const placed = await ordering(ports, 1, {
      caps: { holds: 100, units: 5 },
      lines: [
        { sku: 'tea', quantity: 3 },
        { sku: 'cup', quantity: 3 },
      ],
    });

    expect(placed).toMatchObject(err({ kind: 'aboveCap', errors: [{ path: 'body.lines' }] }));
    expect(ports.customers.claims.size).toBe(0);
  });

  test.each([
    ['paid', { status: 'COMPLETED' as const }],
    [
      'confirmed, with its stock taken',
      { status: 'CONFIRMED' as const, stockOutcome: { status: 'committed' as const } },
    ],
    ['cancelled and released', { status: 'CANCELLED' as const, isReleased: true as const }],
    ['expired', { expiresAt: new Date(NOON).toISOString() }],
  ])('has room again when an order is %s', async (_what, change) => {
    const ports = createPlacementPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    ports.orders.orders.set('ord-1', { ...anOrder(), ...change });

    expect((await ordering(ports, 3)).ok).toBe(true);
    expect((await ordering(ports, 4)).ok).toBe(false);
  });

  test.each([
    'PENDING_PAYMENT',
    'PAYING',
    'CONFIRMED',
    'CANCELLING',
    'CANCELLED',
    'NEEDS_ATTENTION',
  ] as const)('counts an order that is %s while its units may be held', async (status) => {
    const ports = createPlacementPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    ports.orders.orders.set('ord-1', { ...anOrderIn(status), claimId: 'claim-1' });

    expect((await ordering(ports, 3, { now: EXPIRES_AT_INSTANT - 1 })).ok).toBe(false);
    expect((await ordering(ports, 4, { now: EXPIRES_AT_INSTANT })).ok).toBe(true);
  });

  test('counts an expired order that another request may be holding again', async () => {
    const ports = createPlacementPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    const until = EXPIRES_AT_INSTANT + seconds(900);
    await ports.customers.join('alice', { orderId: 'ord-1', units: 2, claimId: 'payment', until });

    const one = { caps: { holds: 1, units: 10_000 } };
    expect((await ordering(ports, 3, { ...one, now: until - 1 })).ok).toBe(false);
    expect((await ordering(ports, 4, { ...one, now: until })).ok).toBe(true);
  });

  test('records ten requests per order and merges further ones into an entry that expires', async () => {
    const ports = createPlacementPorts();
    const caps = { holds: 100, units: 2 };
    ports.inventory.responses.reserve = () =>
      Promise.reject(new RetryLaterError('inventory did not respond'));
    const dying = Array.from({ length: CLAIMANTS_MAX + 3 }, (_, number) =>
      placeInput({ orderId: `ord-${number}`, claimId: `claim-${number}`, caps }),
    );
    for (const command of dying)
      await expect(placeOrder(ports, command)).rejects.toBeInstanceOf(RetryLaterError);
    ports.inventory.responses.reserve = async () =>
      err({ kind: 'insufficientStock' as const, shortages: [] });

    await placeOrder(ports, placeInput({ orderId: 'ord-last', claimId: 'claim-last', caps }));

    const [hold, ...others] = ports.customers.claims.get('alice')?.holds ?? [];
    expect(others).toEqual([]);
    expect(Object.keys(hold?.until ?? {})).toEqual([
      MERGED_CLAIMANT,
      'claim-10',
      'claim-11',
      'claim-12',
    ]);
    expect(ports.customers.claims.get('alice')).toMatchObject({ openHolds: 1, openUnits: 2 });
  });

  test('counts an order that was never written until its hold has ended', async () => {
    const ports = createPlacementPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    ports.orders.orders.clear();

    expect((await ordering(ports, 3, { now: NOON + seconds(719) })).ok).toBe(false);
    expect((await ordering(ports, 4, { now: NOON + seconds(720) })).ok).toBe(true);
  });

  test('does not count an order without stock, nor a repeat twice', async () => {
    const ports = createPlacementPorts(
      new FakeInventory({
        reserve: async () => err({ kind: 'insufficientStock' as const, shortages: [] }),
      }),
    );
    await ordering(ports, 1);
    await ordering(ports, 2);
    await ordering(ports, 3);
    expect(ports.customers.claims.get('alice')?.holds).toEqual([]);

    ports.inventory.responses.reserve = async () => {
      throw new RetryLaterError('inventory did not respond');
    };
    await expect(ordering(ports, 4)).rejects.toBeInstanceOf(RetryLaterError);
    await expect(ordering(ports, 4)).rejects.toBeInstanceOf(RetryLaterError);
    expect(ports.customers.claims.get('alice')?.holds).toHaveLength(1);
  });
});
