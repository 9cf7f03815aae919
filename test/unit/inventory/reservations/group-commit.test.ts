import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import type { ApplyResult } from '../../../../lambdas/inventory/use-cases/ports.ts';
import { releaseReservation } from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import {
  commitReservations,
  shipReservations,
} from '../../../../lambdas/inventory/use-cases/reservations/group-commit.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { checkCells } from '../../../simulator/checks/cell-checker.ts';
import {
  aCell,
  aStockItem,
  commitCommand,
  context,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

/**
 * The book in memory. It records which changes are written together; `interference` may replace a
 * result or run before a write.
 */
class InterferedStore extends MemoryStockStore {
  readonly written: string[][] = [];
  readonly #interference: (ApplyResult | (() => Promise<unknown>))[];

  constructor(...interference: readonly (ApplyResult | (() => Promise<unknown>))[]) {
    super();
    this.#interference = [...interference];
    for (const sku of ['tea', 'cup']) {
      this.cells.set(`${sku}#main#0`, aCell({ sku, available: 20 }));
      this.skus.set(sku, aStockItem({ sku }));
    }
  }

  override async applyGroup(changes: readonly Change[]): Promise<ApplyResult> {
    if (changes.every(({ operationId }) => operationId.endsWith('.reserve')))
      return super.applyGroup(changes);
    this.written.push(changes.map(({ operationId }) => operationId));
    const step = this.#interference.shift();
    if (typeof step === 'function') await step();
    return step === undefined || typeof step === 'function' ? super.applyGroup(changes) : step;
  }

  async held(...ids: readonly string[]): Promise<this> {
    for (const reservationId of ids)
      await reserveStock(this, reserveCommand({ reservationId, orderId: reservationId }));
    return this;
  }

  get wrong(): string[] {
    return checkCells({
      cells: [...this.cells].map(([id, cell]) => ({
        id,
        cell,
        movements: this.movements.filter(({ cellId }) => cellId === id),
      })),
      reservations: [...this.reservations.values()],
    }).filter((error) => !error.includes('available: balance'));
  }

  get statuses(): readonly string[] {
    return [...this.reservations.values()].map(({ status }) => status);
  }
}

const commits = (...ids: readonly string[]) =>
  ids.map((reservationId) => commitCommand({ reservationId }));
const commit = (store: InterferedStore, ...ids: readonly string[]) =>
  commitReservations(store, commits(...ids));
const statusesOf = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map(({ status }) => status);

describe('a batch of commits', () => {
  test('of one cell is one transaction', async () => {
    const book = await new InterferedStore().held('a', 'b', 'c');

    const settled = await commit(book, 'a', 'b', 'c');

    expect(statusesOf(settled)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(book.written).toEqual([['a.commit', 'b.commit', 'c.commit']]);
    expect(book.cells.get('tea#main#0')).toMatchObject({ available: 11, committed: 9 });
    expect(book.wrong).toEqual([]);
  });

  test('of different cells is one transaction for each', async () => {
    const book = await new InterferedStore().held('a', 'b');
    await reserveStock(
      book,
      reserveCommand({ reservationId: 'c', lines: [{ sku: 'cup', quantity: 1 }] }),
    );

    await commit(book, 'a', 'b', 'c');

    expect(book.written).toEqual([['a.commit', 'b.commit'], ['c.commit']]);
    expect(book.statuses).toEqual(['COMMITTED', 'COMMITTED', 'COMMITTED']);
  });

  test('is written one by one when the condition of the transaction fails', async () => {
    const book = await new InterferedStore({ outcome: 'conditionFailed' }).held('a', 'b');

    const settled = await commit(book, 'a', 'b');

    expect(statusesOf(settled)).toEqual(['fulfilled', 'fulfilled']);
    expect(book.written).toEqual([['a.commit', 'b.commit'], ['a.commit'], ['b.commit']]);
    expect(book.statuses).toEqual(['COMMITTED', 'COMMITTED']);
    expect(book.wrong).toEqual([]);
  });

  test('commits the others when one was released meanwhile, and records its failure', async () => {
    const release = () => releaseReservation(book, { ...context(), reservationId: 'b' });
    const book: InterferedStore = await new InterferedStore(release).held('a', 'b', 'c');

    const settled = await commit(book, 'a', 'b', 'c');

    expect(statusesOf(settled)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(book.statuses).toEqual(['COMMITTED', 'RELEASED', 'COMMITTED']);
    expect(book.reservations.get('b')?.commitFailure?.code).toBe('RESERVATION_RELEASED');
    expect(book.wrong).toEqual([]);
  });

  test('is attempted again together when it is busy, and one by one after three attempts', async () => {
    const busy: ApplyResult = { outcome: 'busy' };
    const once = await new InterferedStore(busy).held('a', 'b');
    const always = await new InterferedStore(busy, busy, busy).held('a', 'b');

    await commit(once, 'a', 'b');
    await commit(always, 'a', 'b');

    expect(once.written).toEqual([
      ['a.commit', 'b.commit'],
      ['a.commit', 'b.commit'],
    ]);
    expect(always.written.slice(3)).toEqual([['a.commit'], ['b.commit']]);
    expect(always.statuses).toEqual(['COMMITTED', 'COMMITTED']);
  });

  test('is found written when its response was lost', async () => {
    const lost = async () => {
      await MemoryStockStore.prototype.applyGroup.call(book, changes);
    };
    const book: InterferedStore = await new InterferedStore(lost).held('a', 'b');
    const changes: Change[] = [];
    const apply = book.applyGroup.bind(book);
    book.applyGroup = (all) => {
      changes.splice(0, changes.length, ...all);
      return apply(all);
    };

    const settled = await commit(book, 'a', 'b');

    expect(statusesOf(settled)).toEqual(['fulfilled', 'fulfilled']);
    expect(book.cells.get('tea#main#0')).toMatchObject({ available: 14, committed: 6 });
    expect(book.movements.filter(({ kind }) => kind === 'COMMITTED')).toHaveLength(2);
  });

  test('commits a repeated one once', async () => {
    const book = await new InterferedStore().held('a', 'b');

    const settled = await commit(book, 'a', 'b', 'a');

    expect(statusesOf(settled)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(book.written).toEqual([['a.commit', 'b.commit']]);
    expect(book.cells.get('tea#main#0')).toMatchObject({ committed: 6 });
  });

  test('writes unknown and repeated ones by themselves', async () => {
    const book = await new InterferedStore().held('a', 'b', 'done', 'late');
    await commit(book, 'done');
    book.cells.set('tea#main#0', {
      ...aCell({ available: 8, committed: 3 }),
      held: { [NOON_BUCKET + 600]: 9 },
      expiredThrough: 0,
    });
    book.written.length = 0;

    const settled = await commit(book, 'a', 'ghost', 'b', 'done');

    expect(statusesOf(settled)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(book.written).toContainEqual(['a.commit', 'b.commit']);
    expect(book.reservations.get('ghost')).toMatchObject({ status: 'EXPIRED' });
  });

  test('with one commit writes it alone', async () => {
    const book = await new InterferedStore().held('a');

    await commit(book, 'a');

    expect(book.written).toEqual([['a.commit']]);
  });

  test('fails for a defective one only', async () => {
    const book = await new InterferedStore().held('a', 'b');
    const broken = book.reservations.get('b');
    if (broken !== undefined) {
      book.reservations.set('b', {
        ...broken,
        lines: [{ sku: 'x', locationId: 'main', shard: 0, quantity: 1 }],
      });
    }

    const settled = await commit(book, 'a', 'b').catch((error: Error) => error.message);

    expect(Array.isArray(settled) && statusesOf(settled)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a batch of shipments', () => {
  const shipments = (...ids: readonly string[]) =>
    ids.map((reservationId) => ({ ...context({ now: NOON + seconds(60) }), reservationId }));

  test('of one cell is one transaction', async () => {
    const book = await new InterferedStore().held('a', 'b');
    await commit(book, 'a', 'b');
    book.written.length = 0;

    await shipReservations(book, shipments('a', 'b'));

    expect(book.written).toEqual([['a.ship', 'b.ship']]);
    expect(book.cells.get('tea#main#0')).toMatchObject({ available: 14, committed: 0 });
    expect(book.wrong).toEqual([]);
  });

  test('fails only for the one that is not committed', async () => {
    const book = await new InterferedStore().held('a', 'b', 'c');
    await commit(book, 'a', 'c');

    const settled = await shipReservations(book, shipments('a', 'b', 'c'));

    expect(statusesOf(settled)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: new Error('cannot ship b: it is HELD') });
  });
});
