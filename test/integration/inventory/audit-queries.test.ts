import { beforeEach, describe, expect, test } from 'vitest';
import { homeCellKey } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { postCount } from '../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import { commitReservation } from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { readCountBasis } from '../../../lambdas/inventory/use-cases/stock/count-basis.ts';
import { explainStock } from '../../../lambdas/inventory/use-cases/stock/explain-stock.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import {
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../support/inventory.ts';
import { auditOf, createBook, HOUR, reader, receive, stock, store } from './audit-book.ts';

beforeEach(createBook);

describe('a count', () => {
  const ports = () => ({ store, reader });
  const request = {
    sku: 'tea',
    locationId: 'main',
    counted: 10,
    at: new Date(NOON + seconds(60)).toISOString(),
  };
  const basisOf = (of: typeof request, now: number) =>
    readCountBasis({ ...ports(), clock: () => now }, of, { now, deadline: now + seconds(9) });
  const posting = (overrides: object = {}) => ({
    ...context({ now: NOON + seconds(300) }),
    fingerprint: 'print-1',
    countId: 'cnt-1',
    sku: 'tea',
    locationId: 'main',
    counted: 8,
    countedAt: request.at,
    expected: 10,
    delta: -2,
    ...overrides,
  });

  test('is compared with the units on hand at its time, without later movements', async () => {
    await receive('tea', 10);
    await receive('tea', 5, NOON + seconds(120));

    const basis = unwrap(await basisOf(request, NOON + seconds(300)));

    expect(basis).toMatchObject({
      expected: 10,
      quantities: { onHand: 15, available: 15 },
      lastCount: undefined,
      adjustments: [],
    });
  });

  test('supersedes another count of the same time', async () => {
    await receive('tea', 10);
    unwrap(await postCount(store, posting()));

    const stale = await postCount(store, posting({ countId: 'cnt-2' }));
    const basis = unwrap(await basisOf({ ...request, counted: 8 }, NOON + seconds(400)));

    expect(stale).toEqual({
      ok: false,
      error: { kind: 'superseded', lastCount: { countId: 'cnt-1', countedAt: request.at } },
    });
    expect(basis).toMatchObject({ expected: 8, lastCount: { countId: 'cnt-1' } });
    expect((await auditOf({ sku: 'tea' }, NOON + HOUR)).disagreements).toEqual([]);
  });

  test('is posted once, and without a movement if it agrees', async () => {
    await receive('tea', 10);

    const first = await postCount(store, posting({ counted: 10, delta: 0 }));
    const again = await postCount(store, posting({ counted: 10, delta: 0 }));

    expect(again).toEqual(first);
    const explained = unwrap(
      await explainStock({ store, reader: stock, audit: reader }, { sku: 'tea' }, NOON + HOUR),
    );
    expect(explained.locations[0]?.lastCount).toMatchObject({
      countId: 'cnt-1',
      counted: 10,
      expected: 10,
    });
    expect(explained.movements).toHaveLength(1);
  });

  test('is rejected if it removes more than is available', async () => {
    await receive('tea', 10);
    unwrap(await reserveStock(store, reserveCommand({ lines: [{ sku: 'tea', quantity: 9 }] })));

    const result = await postCount(store, posting());

    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'insufficientStock', shortages: [{ available: 1 }] },
    });
  });

  test('below the committed units lists the unfulfillable orders, newest first', async () => {
    await receive('tea', 10);
    for (const [index, id] of ['old', 'middle', 'new'].entries()) {
      const at = context({ now: NOON + seconds(index) });
      unwrap(
        await reserveStock(
          store,
          reserveCommand({
            ...at,
            reservationId: id,
            orderId: id,
            lines: [{ sku: 'tea', quantity: 3 }],
          }),
        ),
      );
      unwrap(await commitReservation(store, commitCommand({ ...at, reservationId: id })));
    }

    const basis = unwrap(await basisOf({ ...request, counted: 5 }, NOON + seconds(300)));

    expect(basis.unfulfillable.map(({ orderId, committed }) => [orderId, committed])).toEqual([
      ['new', 3],
      ['middle', 3],
    ]);
  });

  test('of an unknown SKU or location is rejected', async () => {
    await receive('tea', 10);

    for (const unknown of [{ sku: 'cup' }, { locationId: 'annex' }]) {
      expect(await basisOf({ ...request, ...unknown }, NOON)).toEqual({
        ok: false,
        error: { kind: 'notFound' },
      });
    }
  });
});

describe('an explanation', () => {
  const explain = async (at?: number) =>
    unwrap(
      await explainStock(
        { store, reader: stock, audit: reader },
        { sku: 'tea', ...(at === undefined ? {} : { at: new Date(at).toISOString() }) },
        NOON + seconds(30),
      ),
    );

  test('lists the owner of each held and committed unit by location', async () => {
    await receive('tea', 10);
    await receiveStock(
      store,
      receiveCommand({
        operationId: 'annex',
        locationId: 'annex',
        createLocation: true,
        quantity: 4,
      }),
    );
    const lines = [{ sku: 'tea', quantity: 3, from: 'main' }];
    unwrap(
      await reserveStock(store, reserveCommand({ reservationId: 'held', orderId: 'held', lines })),
    );
    unwrap(
      await reserveStock(
        store,
        reserveCommand({
          reservationId: 'sold',
          orderId: 'sold',
          lines: [{ sku: 'tea', quantity: 2, from: 'annex' }],
        }),
      ),
    );
    unwrap(await commitReservation(store, commitCommand({ reservationId: 'sold' })));

    const { quantities, locations } = await explain();

    expect(quantities).toEqual({ onHand: 14, available: 9, held: 3, committed: 2 });
    expect(locations).toMatchObject([
      {
        locationId: 'main',
        holds: [{ reservationId: 'held', orderId: 'held', quantity: 3 }],
        commitments: [],
      },
      {
        locationId: 'annex',
        holds: [],
        commitments: [{ reservationId: 'sold', orderId: 'sold', quantity: 2 }],
      },
    ]);
  });

  test('as of a past time includes a hold that has expired since', async () => {
    await receive('tea', 10);
    unwrap(
      await reserveStock(
        store,
        reserveCommand({ ...context({ now: NOON + seconds(10) }), holdSeconds: 60 }),
      ),
    );
    await receive('tea', 7, NOON + seconds(400));

    const [before, then, after] = [
      await explain(NOON + seconds(5)),
      await explain(NOON + seconds(20)),
      await explain(NOON + seconds(500)),
    ];

    expect(before.quantities).toEqual({
      onHand: 10,
      available: 10,
      held: 0,
      committed: 0,
    });
    expect(then.quantities).toEqual({ onHand: 10, available: 7, held: 3, committed: 0 });
    expect(after.quantities).toEqual({ onHand: 17, available: 17, held: 0, committed: 0 });
    expect(then.movements).toHaveLength(2);
  });

  test('of a cell without records is empty', async () => {
    expect(await reader.readCell(homeCellKey('nothing', 'annex'))).toEqual({ unreadable: {} });
  });
});
