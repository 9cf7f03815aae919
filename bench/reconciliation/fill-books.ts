import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import {
  balanceKey,
  movementsItem,
  operationItem,
  reservationItem,
  skuItem,
} from '../../lambdas/inventory/adapters/book-items.ts';
import { applyCellChange } from '../../lambdas/inventory/domain/ledger/apply-change.ts';
import { type Cell, mainCellKey } from '../../lambdas/inventory/domain/ledger/cell.ts';
import type { Decision } from '../../lambdas/inventory/domain/ledger/decision.ts';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import { decideCommit } from '../../lambdas/inventory/domain/reservations/commit.ts';
import { decideReceive } from '../../lambdas/inventory/domain/stock/stock-entry.ts';
import { toIso } from '../../lambdas/shared/core/instant.ts';
import { decideReserve } from '../../test/support/reserve.ts';
import type { BenchTable } from './local-table.ts';

type Item = Record<string, unknown>;

const BATCH_ITEMS = 25;
const WRITERS = 16;
/** A cell of the benchmark: a delivery, one active hold, one committed order. */
const RECEIVED_UNITS = 100;

/**
 * Fills the table with the correct books of a number of cells, which the real decisions create.
 * Each cell has three changes.
 */
export async function fillTable(table: BenchTable, cells: number, now: number): Promise<number> {
  let items: Item[] = [];
  let written = 0;
  const open = new Set<Promise<void>>();
  const flush = async (all: boolean): Promise<void> => {
    while (items.length >= BATCH_ITEMS || (all && items.length > 0)) {
      const batch = items.slice(0, BATCH_ITEMS);
      items = items.slice(BATCH_ITEMS);
      written += batch.length;
      const writing: Promise<void> = write(table, batch).finally(() => open.delete(writing));
      open.add(writing);
      if (open.size >= WRITERS) await Promise.race(open);
    }
    if (all) await Promise.all(open);
  };
  for (let index = 0; index < cells; index += 1) {
    items.push(...itemsOfCell(`sku-${index}`, now));
    await flush(false);
  }
  await flush(true);
  return written;
}

async function write({ client, name }: BenchTable, batch: readonly Item[]): Promise<void> {
  let open = batch.map((Item) => ({ PutRequest: { Item } }));
  while (open.length > 0) {
    const { UnprocessedItems } = await client.send(
      new BatchWriteCommand({ RequestItems: { [name]: open } }),
    );
    open = (UnprocessedItems?.[name] ?? []) as typeof open;
  }
}

function itemsOfCell(sku: string, now: number): Item[] {
  const context = (ago: number) => ({
    now: now - ago * 1_000,
    by: 'bench',
    correlationId: 'bench',
  });
  const items: Item[] = [];
  let cell: Cell | undefined;
  const reservations = new Map<string, Reservation>();
  const state = (reservationId = '') => ({
    cells: new Map(cell === undefined ? [] : [[`${sku}#main#0`, cell]]),
    stockItems: new Map(),
    locations: new Map(),
    reservation: reservations.get(reservationId),
    operation: undefined,
    isComplete: true,
  });
  const apply = (decision: Decision<unknown, unknown>) => {
    const change = decision.next === 'commit' ? decision.change : undefined;
    if (change === undefined) throw new Error('The decision makes no change.');
    for (const one of change.cells) {
      cell = applyCellChange(cell, one);
      items.push(movementsItem(one, change));
    }
    if (change.idempotencyRecord?.kind === 'operation')
      items.push(operationItem(change.idempotencyRecord.operation));
    if (change.idempotencyRecord?.kind === 'reservation')
      reservations.set(
        change.idempotencyRecord.after.reservationId,
        change.idempotencyRecord.after,
      );
    if (change.idempotencyRecord?.kind === 'reservation') {
      const item = reservationItem(change.idempotencyRecord.after, change);
      const before = items.findIndex(({ pk }) => pk === item.pk);
      if (before >= 0) items[before] = item;
      else items.push(item);
    }
    if (change.stockItem !== undefined) items.push(skuItem(change.stockItem.after));
  };
  apply(
    decideReceive(state(), {
      ...context(3_600),
      operationId: `in-${sku}`,
      fingerprint: '',
      sku,
      quantity: RECEIVED_UNITS,
      createSku: true,
    }),
  );
  for (const [name, ago] of [
    ['held', 60],
    ['sold', 1_800],
  ] as const) {
    const reservationId = `${name}-${sku}`;
    const reserve = {
      ...context(ago),
      reservationId,
      orderId: reservationId,
      lines: [{ sku, quantity: 2 }],
      holdSeconds: 3_600,
      bucketSeconds: 60,
      fingerprint: '',
    };
    apply(decideReserve(state(reservationId), reserve));
    if (name === 'sold')
      apply(decideCommit(state(reservationId), { ...context(ago - 1), reservationId }));
  }
  if (cell !== undefined) {
    items.push({
      ...balanceKey(mainCellKey(sku)),
      type: 'balance',
      ...cell,
      updatedAt: toIso(now),
    });
  }
  return items;
}
