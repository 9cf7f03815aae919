import { describe, expect, test } from 'vitest';
import { placeOrder } from '../../../../lambdas/orders/use-cases/checkout/place-order.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { aHold, FakeInventory } from '../../../support/orders/fake-order-clients.ts';
import {
  MemoryCustomerHoldStore,
  MemoryOrderStore,
  MemoryPlacementStore,
  MemoryProductStore,
} from '../../../support/orders/memory-order-stores.ts';
import {
  crash,
  createPlacementPorts,
  placeInput,
  repeatInput,
} from '../../../support/orders/order-ports.ts';
import { anOrder, aProduct, EXPIRES_AT, euros } from '../../../support/orders/orders.ts';

describe('placing an order', () => {
  test('holds the units, then writes the order with the end of the hold', async () => {
    const ports = createPlacementPorts();

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

  test.each([
    ['of main are not stored', [{ locationId: 'main', quantity: 2 }], undefined],
    [
      'of several locations are stored with their line',
      [
        { locationId: 'main', quantity: 1 },
        { locationId: 'shop', quantity: 1 },
      ],
      [
        { locationId: 'main', quantity: 1 },
        { locationId: 'shop', quantity: 1 },
      ],
    ],
    [
      'of another location are stored with their line',
      [{ locationId: 'shop', quantity: 2 }],
      [{ locationId: 'shop', quantity: 2 }],
    ],
  ])('allocations %s', async (_case, held, stored) => {
    const hold = aHold({ lines: held.map((one) => ({ ...one, sku: 'tea' })) });
    const inventory = new FakeInventory({ reserve: async () => ok(hold) });
    const ports = createPlacementPorts(inventory);

    await placeOrder(ports, placeInput());

    expect(ports.orders.orders.get('ord-1')?.lines[0]?.allocations).toEqual(stored);
  });

  test('that is collected holds its units there, and stores where', async () => {
    const delivery = { kind: 'pickup', locationId: 'shop' } as const;
    const ports = createPlacementPorts();

    await placeOrder(ports, placeInput({ delivery }));

    expect(ports.inventory.requests.reserve).toMatchObject([{ pickupAt: 'shop' }]);
    expect(ports.orders.orders.get('ord-1')?.delivery).toEqual(delivery);
  });

  test('that is shipped stores no delivery', async () => {
    const ports = createPlacementPorts();

    await placeOrder(ports, placeInput({ delivery: { kind: 'ship' } }));

    expect(ports.orders.orders.get('ord-1')).toEqual(anOrder());
  });

  test('reserves the lines of one SKU together', async () => {
    const ports = createPlacementPorts();
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
  ])('rejects %s before holding units', async (_case, lines, kind) => {
    const ports = createPlacementPorts();

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
  ] as const)('returns the error of inventory and writes no order: $kind', async (error) => {
    const ports = createPlacementPorts(new FakeInventory({ reserve: async () => err(error) }));

    const placed = await placeOrder(ports, placeInput());

    expect(placed).toEqual(err(error));
    expect(ports.orders.orders.size).toBe(0);
  });

  test('throws while inventory does not respond, and writes no order', async () => {
    const away = () => Promise.reject(new RetryLaterError('inventory did not respond'));
    const ports = createPlacementPorts(new FakeInventory({ reserve: away }));

    await expect(placeOrder(ports, placeInput())).rejects.toBeInstanceOf(RetryLaterError);

    expect(ports.orders.orders.size).toBe(0);
  });
});

describe('a repeated request', () => {
  test("returns the first request's order and holds nothing more", async () => {
    const ports = createPlacementPorts();
    const first = await placeOrder(ports, placeInput());

    const second = await placeOrder(ports, repeatInput({ now: NOON + seconds(5) }));

    expect(second).toEqual(first);
    expect(ports.inventory.requests.reserve).toHaveLength(1);
  });

  test('returns the order even when its products are gone', async () => {
    const ports = createPlacementPorts();
    const first = await placeOrder(ports, placeInput());
    ports.products.products.clear();

    expect(await placeOrder(ports, repeatInput())).toEqual(first);
  });

  test('rejects another body with the same key', async () => {
    const ports = createPlacementPorts();
    await placeOrder(ports, placeInput());

    const other = await placeOrder(ports, repeatInput({ fingerprint: 'other' }));

    expect(other).toEqual(err({ kind: 'keyReused' }));
    expect(ports.inventory.requests.reserve).toHaveLength(1);
  });

  test('rejects another body while the first request runs, and keeps its claim', async () => {
    const ports = createPlacementPorts();
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

  test('keeps the order that was written first', async () => {
    const ports = createPlacementPorts();
    let between: unknown;
    ports.orders.beforeWrite = async () => {
      between = await placeOrder(ports, repeatInput());
    };

    const late = await placeOrder(ports, placeInput({ now: NOON + seconds(1) }));

    expect(late).toEqual(between);
    expect(ports.orders.orders.size).toBe(1);
    expect(ports.customers.claims.get('alice')).toMatchObject({ openHolds: 1, openUnits: 2 });
  });

  test('returns one order to two concurrent requests', async () => {
    const ports = createPlacementPorts();

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
    const ports = createPlacementPorts();
    ports.orders.beforeWrite = crash;
    await expect(placeOrder(ports, placeInput())).rejects.toThrow('the function died');
    return ports;
  };

  test('leaves no order, and the repeat continues with the same hold', async () => {
    const ports = await crashed();
    expect(ports.orders.orders.size).toBe(0);

    const repeated = await placeOrder(ports, repeatInput());

    const [first, second] = ports.inventory.requests.reserve;
    expect(repeated).toEqual(ok(anOrder({ claimId: 'claim-again' })));
    expect(second).toEqual(first);
    expect(ports.inventory.requests.extend).toEqual([]);
  });

  test('holds the units again in the repeat when the hold has expired', async () => {
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

  test('rejects the repeat when the hold expired and its stock was sold, and writes no order', async () => {
    const ports = await crashed();
    ports.inventory.responses.reserve = async () => ok(aHold({ status: 'EXPIRED' }));
    ports.inventory.responses.extend = async () => err({ kind: 'reservationExpired' });

    const repeated = await placeOrder(ports, repeatInput({ now: NOON + seconds(900) }));

    expect(repeated).toEqual(err({ kind: 'reservationExpired' }));
    expect(ports.orders.orders.size).toBe(0);
  });

  test('prices the repeat at the current price', async () => {
    const ports = await crashed();
    await ports.products.put(aProduct({ unitPrice: euros(900) }));

    const repeated = await placeOrder(ports, repeatInput());

    expect(repeated).toMatchObject({
      ok: true,
      value: { total: euros(1800), expiresAt: EXPIRES_AT },
    });
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

  test.each([0, 25])('is accepted at a price of %i', async (price) => {
    const result = await placeOrder(shopOf(price), placeInput({ provider: 'stripe' }));

    expect(result.ok).toBe(true);
  });
});
