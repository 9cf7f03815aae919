import { describe, expect, test } from 'vitest';
import { CLAIMANTS_MAX, MERGED_CLAIMANT } from '../../../lambdas/orders/domain/customer-holds.ts';
import { UNCHECKED_CLAIMS_MAX } from '../../../lambdas/orders/use-cases/claim-hold.ts';
import { placeOrder } from '../../../lambdas/orders/use-cases/place-order.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { err, ok } from '../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  aHold,
  anOrder,
  anOrderIn,
  aProduct,
  EXPIRES_AT,
  EXPIRES_AT_INSTANT,
  euros,
  FakeInventory,
  MemoryCustomerHoldStore,
  MemoryOrderStore,
  MemoryPlacementStore,
  MemoryProductStore,
} from '../../support/orders.ts';

type Command = Parameters<typeof placeOrder>[1];

const placeInput = (overrides: Partial<Command> = {}): Command => ({
  orderId: 'ord-1',
  claimId: 'claim-1',
  operationId: 'op-1',
  customerId: 'alice',
  lines: [{ sku: 'tea', quantity: 2 }],
  fingerprint: 'print-1',
  holdSeconds: 600,
  caps: { holds: 100, units: 10_000 },
  provider: 'sandbox',
  correlationId: 'corr-0',
  now: NOON,
  ...overrides,
});

/** The same request again: with the same key, and the random ids of its own. */
const repeatInput = (overrides: Partial<Command> = {}): Command =>
  placeInput({ orderId: 'ord-again', claimId: 'claim-again', ...overrides });

const createPorts = (inventory = new FakeInventory(), orders = new MemoryOrderStore()) => ({
  orders,
  inventory,
  customers: new MemoryCustomerHoldStore(),
  placements: new MemoryPlacementStore(),
  products: new MemoryProductStore(
    aProduct(),
    aProduct({ sku: 'cup', name: 'Cup', unitPrice: euros(1250) }),
    aProduct({ sku: 'sake', unitPrice: { amount: 900, currency: 'JPY' } }),
  ),
});

describe('placing an order', () => {
  test('holds its units, then writes it with the time at which they lapse', async () => {
    const ports = createPorts();

    const placed = await placeOrder(ports, placeInput());

    expect(placed).toEqual(ok(anOrder()));
    expect(ports.orders.orders.get('ord-1')).toEqual(anOrder());
    expect(ports.inventory.requests).toEqual({
      reserve: [
        {
          orderId: 'ord-1',
          correlationId: 'corr-0',
          lines: [{ sku: 'tea', quantity: 2 }],
          holdSeconds: 600,
        },
      ],
      extend: [],
      release: [],
    });
  });

  test('asks for the lines of one sku together', async () => {
    const ports = createPorts();
    const lines = [
      { sku: 'tea', quantity: 2 },
      { sku: 'cup', quantity: 1 },
      { sku: 'tea', quantity: 3 },
    ];

    await placeOrder(ports, placeInput({ lines }));

    expect(ports.inventory.requests.reserve.map((request) => request.lines)).toEqual([
      [
        { sku: 'tea', quantity: 5 },
        { sku: 'cup', quantity: 1 },
      ],
    ]);
  });

  test.each([
    ['a sku without a product', [{ sku: 'ghost', quantity: 1 }], 'unknownProduct'],
    [
      'two currencies',
      [
        { sku: 'tea', quantity: 1 },
        { sku: 'sake', quantity: 1 },
      ],
      'mixedCurrencies',
    ],
  ])('with %s is refused before anything is held', async (_case, lines, kind) => {
    const ports = createPorts();

    const placed = await placeOrder(ports, placeInput({ lines }));

    expect(placed).toMatchObject({ ok: false, error: { kind } });
    expect(ports.inventory.requests.reserve).toEqual([]);
    expect(ports.orders.orders.size).toBe(0);
  });

  test.each([
    { kind: 'insufficientStock', shortages: [{ sku: 'tea', requested: 2, available: 1 }] },
    { kind: 'unknownSku', skus: ['tea'] },
    { kind: 'keyReused' },
    { kind: 'reservationExpired' },
  ] as const)("inventory's error is the answer, and no order is written: $kind", async (error) => {
    const ports = createPorts(new FakeInventory({ reserve: async () => err(error) }));

    const placed = await placeOrder(ports, placeInput());

    expect(placed).toEqual(err(error));
    expect(ports.orders.orders.size).toBe(0);
  });

  test('while inventory does not answer is a fault, and no order is written', async () => {
    const away = () => Promise.reject(new RetryLaterError('inventory did not answer'));
    const ports = createPorts(new FakeInventory({ reserve: away }));

    await expect(placeOrder(ports, placeInput())).rejects.toBeInstanceOf(RetryLaterError);

    expect(ports.orders.orders.size).toBe(0);
  });
});

describe('a repeat', () => {
  test('gets the order that the first request made, and holds nothing more', async () => {
    const ports = createPorts();
    const first = await placeOrder(ports, placeInput());

    const second = await placeOrder(ports, repeatInput({ now: NOON + seconds(5) }));

    expect(second).toEqual(first);
    expect(ports.inventory.requests.reserve).toHaveLength(1);
  });

  test('gets the order though its products are gone since', async () => {
    const ports = createPorts();
    const first = await placeOrder(ports, placeInput());
    ports.products.products.clear();

    expect(await placeOrder(ports, repeatInput())).toEqual(first);
  });

  test('with another body under its key is refused', async () => {
    const ports = createPorts();
    await placeOrder(ports, placeInput());

    const other = await placeOrder(ports, repeatInput({ fingerprint: 'other' }));

    expect(other).toEqual(err({ kind: 'keyReused' }));
    expect(ports.inventory.requests.reserve).toHaveLength(1);
  });

  test('with another body is refused while the first is under way, and drops nothing of its claim', async () => {
    const ports = createPorts();
    const caps = { holds: 100, units: 2 };
    let other: unknown;
    ports.orders.beforeWrite = async () => {
      const lines = [{ sku: 'tea', quantity: 1 }];
      other = await placeOrder(ports, repeatInput({ caps, lines, fingerprint: 'other' }));
    };

    const first = await placeOrder(ports, placeInput({ caps }));

    expect(first.ok).toBe(true);
    expect(other).toEqual(err({ kind: 'keyReused' }));
    expect(ports.customers.claims.get('alice')).toMatchObject({ openHolds: 1, openUnits: 2 });
  });

  test('that comes in between: the one that was written first stands', async () => {
    const ports = createPorts();
    let between: unknown;
    ports.orders.beforeWrite = async () => {
      between = await placeOrder(ports, repeatInput());
    };

    const late = await placeOrder(ports, placeInput({ now: NOON + seconds(1) }));

    expect(late).toEqual(between);
    expect(ports.orders.orders.size).toBe(1);
    expect(ports.customers.claims.get('alice')).toMatchObject({ openHolds: 1, openUnits: 2 });
  });

  test('of two at once, both get one order', async () => {
    const ports = createPorts();

    const [one, other] = await Promise.all([
      placeOrder(ports, placeInput()),
      placeOrder(ports, repeatInput()),
    ]);

    expect(one).toEqual(other);
    expect(ports.orders.orders.size).toBe(1);
  });
});

describe('a crash between the hold and the order', () => {
  const crashed = async () => {
    const ports = createPorts();
    ports.orders.beforeWrite = () => {
      throw new Error('the function died');
    };
    await expect(placeOrder(ports, placeInput())).rejects.toThrow('the function died');
    return ports;
  };

  test('leaves no order; the repeat asks for the same hold and goes on', async () => {
    const ports = await crashed();
    expect(ports.orders.orders.size).toBe(0);

    const repeated = await placeOrder(ports, repeatInput());

    const [first, second] = ports.inventory.requests.reserve;
    expect(repeated).toEqual(ok(anOrder({ claimId: 'claim-again' })));
    expect(second).toEqual(first);
    expect(ports.inventory.requests.extend).toEqual([]);
  });

  test('whose hold has lapsed since: the repeat takes it up again', async () => {
    const ports = await crashed();
    ports.inventory.responses.reserve = async () => ok(aHold({ status: 'EXPIRED' }));

    const repeated = await placeOrder(ports, repeatInput({ now: NOON + seconds(900) }));

    expect(repeated).toMatchObject({
      ok: true,
      value: {
        status: 'PENDING_PAYMENT',
        expiresAt: '2026-01-01T12:25:00.000Z',
        placedExpiresAt: '2026-01-01T12:25:00.000Z',
      },
    });
    expect(ports.inventory.requests.extend).toEqual([
      { orderId: 'ord-1', correlationId: 'corr-0', holdSeconds: 600, key: expect.any(String) },
    ]);
  });

  test('whose hold is over and whose stock is gone: the repeat is told so, and no order is written', async () => {
    const ports = await crashed();
    ports.inventory.responses.reserve = async () => ok(aHold({ status: 'EXPIRED' }));
    ports.inventory.responses.extend = async () => err({ kind: 'reservationExpired' });

    const repeated = await placeOrder(ports, repeatInput({ now: NOON + seconds(900) }));

    expect(repeated).toEqual(err({ kind: 'reservationExpired' }));
    expect(ports.orders.orders.size).toBe(0);
  });

  test('and a new price: the repeat is at the price of its own time', async () => {
    const ports = await crashed();
    await ports.products.put(aProduct({ unitPrice: euros(900) }));

    const repeated = await placeOrder(ports, repeatInput());

    expect(repeated).toMatchObject({
      ok: true,
      value: { total: euros(1800), expiresAt: EXPIRES_AT },
    });
  });
});

describe('what one customer may hold', () => {
  const two = { holds: 2, units: 10_000 };
  const ordering = (
    ports: ReturnType<typeof createPorts>,
    number: number,
    more: Partial<Command> = {},
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

  test('is so many unpaid orders; the next is told when there may be room, and holds nothing', async () => {
    const ports = createPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);

    const third = await ordering(ports, 3, { now: NOON + seconds(60) });

    expect(third).toEqual(err({ kind: 'tooManyHolds', retryAfterSeconds: 540 }));
    expect(ports.inventory.requests.reserve).toHaveLength(2);
    expect((await ordering(ports, 4, { customerId: 'bob' })).ok).toBe(true);
  });

  const caps = { holds: 100, units: 10_000 };
  const numbers = Array.from({ length: UNCHECKED_CLAIMS_MAX }, (_, index) => index + 1);
  const claimed = (ports: ReturnType<typeof createPorts>) =>
    ports.customers.claims.get('alice')?.holds.length;

  test('is kept in a small record: claims of orders that are over are struck out while they are few', async () => {
    const ports = createPorts();
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

  test('may be many open orders, none of which is forgotten', async () => {
    const ports = createPorts();
    const many = [...numbers, 9, 10, 11];

    for (const number of many) expect((await ordering(ports, number, { caps })).ok).toBe(true);

    expect(claimed(ports)).toBe(many.length);
  });

  test('is so many units: one more is too many', async () => {
    const ports = createPorts();
    const caps = { holds: 100, units: 5 };
    await ordering(ports, 1, { caps, lines: [{ sku: 'tea', quantity: 3 }] });

    const [above, within] = [
      await ordering(ports, 2, { caps, lines: [{ sku: 'tea', quantity: 3 }] }),
      await ordering(ports, 3, { caps, lines: [{ sku: 'tea', quantity: 2 }] }),
    ];

    expect([above.ok, within.ok]).toEqual([false, true]);
  });

  test('never lets one order through that is above it alone', async () => {
    const ports = createPorts();

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
    const ports = createPorts();
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
    const ports = createPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    ports.orders.orders.set('ord-1', { ...anOrderIn(status), claimId: 'claim-1' });

    expect((await ordering(ports, 3, { now: EXPIRES_AT_INSTANT - 1 })).ok).toBe(false);
    expect((await ordering(ports, 4, { now: EXPIRES_AT_INSTANT })).ok).toBe(true);
  });

  test('counts an expired order that another request may be holding again', async () => {
    const ports = createPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    const until = EXPIRES_AT_INSTANT + seconds(900);
    await ports.customers.join('alice', { orderId: 'ord-1', units: 2, claimId: 'payment', until });

    const one = { caps: { holds: 1, units: 10_000 } };
    expect((await ordering(ports, 3, { ...one, now: until - 1 })).ok).toBe(false);
    expect((await ordering(ports, 4, { ...one, now: until })).ok).toBe(true);
  });

  test('is claimed by at most ten requests for one order by name; more are one entry that time removes', async () => {
    const ports = createPorts();
    const caps = { holds: 100, units: 2 };
    ports.inventory.responses.reserve = () =>
      Promise.reject(new RetryLaterError('inventory did not answer'));
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

  test('counts an order that was never written until its hold is surely over', async () => {
    const ports = createPorts();
    await ordering(ports, 1);
    await ordering(ports, 2);
    ports.orders.orders.clear();

    expect((await ordering(ports, 3, { now: NOON + seconds(719) })).ok).toBe(false);
    expect((await ordering(ports, 4, { now: NOON + seconds(720) })).ok).toBe(true);
  });

  test('does not count an order that got no stock, nor a repeat twice', async () => {
    const ports = createPorts(
      new FakeInventory({
        reserve: async () => err({ kind: 'insufficientStock' as const, shortages: [] }),
      }),
    );
    await ordering(ports, 1);
    await ordering(ports, 2);
    await ordering(ports, 3);
    expect(ports.customers.claims.get('alice')?.holds).toEqual([]);

    ports.inventory.responses.reserve = async () => {
      throw new RetryLaterError('inventory did not answer');
    };
    await expect(ordering(ports, 4)).rejects.toBeInstanceOf(RetryLaterError);
    await expect(ordering(ports, 4)).rejects.toBeInstanceOf(RetryLaterError);
    expect(ports.customers.claims.get('alice')?.holds).toHaveLength(1);
  });
});

describe('a total that the provider cannot take', () => {
  const shopOf = (price: number) => ({
    orders: new MemoryOrderStore(),
    products: new MemoryProductStore(aProduct({ unitPrice: euros(price) })),
    placements: new MemoryPlacementStore(),
    customers: new MemoryCustomerHoldStore(),
    inventory: new FakeInventory(),
  });

  test('is rejected before anything is held', async () => {
    const ports = shopOf(24);

    const result = await placeOrder(ports, placeInput({ provider: 'stripe' }));

    expect(result).toEqual(
      err({ kind: 'amountNotPayable', reason: 'AMOUNT_TOO_SMALL', total: euros(48) }),
    );
    expect(ports.inventory.requests.reserve).toEqual([]);
  });

  test.each([0, 25])('is not one of %i a piece', async (price) => {
    const result = await placeOrder(shopOf(price), placeInput({ provider: 'stripe' }));

    expect(result.ok).toBe(true);
  });
});
