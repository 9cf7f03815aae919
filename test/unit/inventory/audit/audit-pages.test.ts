import { expect, test } from 'vitest';
import { cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import { runCellAudit } from '../../../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import type { AuditReader } from '../../../../lambdas/inventory/use-cases/audit/audit-ports.ts';
import { aStockItem, NOON, unwrap } from '../../../support/inventory.ts';

/** Books of skus without a unit, with a record of the cells that are looked at; a cursor is the last sku's place. */
function emptyBooks(skus: readonly StockItem[], millisecondsPerCell = 0) {
  let now = NOON;
  const audited: string[] = [];
  const reader: AuditReader = {
    scanStockItems: async ({ cursor }, limit) => {
      const from = cursor === undefined ? 0 : Number(cursor) + 1;
      const items = skus.slice(from, from + limit);
      const isLast = from + limit >= skus.length;
      return { items, unreadable: [], ...(isLast ? {} : { cursor: String(from + limit - 1) }) };
    },
    cursorAfter: (sku) => String(skus.indexOf(sku)),
    readCell: async (cell) => {
      audited.push(cellIdOf(cell));
      now += millisecondsPerCell;
      return { unreadable: {} };
    },
    movements: async function* () {},
    entryRecordIdsOf: async () => [],
    readRecords: async () => ({ reservations: [], operations: [], unreadable: [] }),
    findLinesWithoutMovement: async () => [],
    saveCheckpoint: async () => {},
    backoff: async () => {},
  };
  const pages = async () => {
    const checked: number[] = [];
    let cursor: string | undefined;
    do {
      const page = unwrap(
        await runCellAudit(reader, { segment: 0, segments: 1, cursor }, NOON, () => now),
      );
      checked.push(page.checked);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return checked;
  };
  return { audited, pages };
}

test.each([
  ['a cell each', 60, 1, [50, 10]],
  ['9 cells each, one below the most of a page', 50, 9, [450]],
  ['50 cells each', 25, 50, [500, 500, 250]],
])(
  'a page of the walk has the cells of 50 skus, or 500: %s',
  async (_case, count, shards, pages) => {
    const skus = Array.from({ length: count }, (_, index) =>
      aStockItem({ sku: `sku-${index}`, shardCount: 1, openShardCount: 1, peakShardCount: shards }),
    );
    const books = emptyBooks(skus);

    expect(await books.pages()).toEqual(pages);
    expect(new Set(books.audited).size).toBe(count * shards);
    expect(books.audited).toHaveLength(count * shards);
  },
);

test('a page ends early once its time is up, and the next one goes on after its last sku', async () => {
  const skus = Array.from({ length: 25 }, (_, index) =>
    aStockItem({ sku: `sku-${index}`, shardCount: 1, openShardCount: 1, peakShardCount: 50 }),
  );
  // 100 cells take 5 s: the second look at the time finds that 8 s are over.
  const books = emptyBooks(skus, 50);

  expect(await books.pages()).toEqual([200, 200, 200, 200, 200, 200, 50]);
  expect(books.audited).toHaveLength(25 * 50);
  expect(new Set(books.audited).size).toBe(25 * 50);
});

test('a page on a machine that is slower than its time still comes further by a sku', async () => {
  const skus = [1, 2].map((index) =>
    aStockItem({ sku: `sku-${index}`, shardCount: 1, openShardCount: 1, peakShardCount: 100 }),
  );
  const books = emptyBooks(skus, 1_000);

  expect(await books.pages()).toEqual([100, 100]);
});
