import { expect, test } from 'vitest';
import { cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  type CellAudit,
  runCellAudit,
} from '../../../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import type { AuditReader } from '../../../../lambdas/inventory/use-cases/audit/audit-ports.ts';
import { aStockItem, NOON, unwrap } from '../../../support/inventory.ts';

/**
 * Returns an audit reader of empty SKUs, which records the cells that are audited. A cursor is the
 * index of the last SKU.
 */
function emptyBook(
  skus: readonly StockItem[],
  { millisecondsPerCell = 0, recorded = [] as readonly string[] } = {},
) {
  let now = NOON;
  const audited: string[] = [];
  const reader: AuditReader = {
    scanStockItems: async ({ cursor }, limit) => {
      const from = cursor === undefined ? 0 : Number(cursor) + 1;
      const items = skus.slice(from, from + limit);
      const isLast = from + limit >= skus.length;
      const cursors = isLast ? {} : { cursor: String(from + limit - 1) };
      return { items, unreadable: [], recordedLocationIds: new Set(recorded), ...cursors };
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
    const missing: CellAudit['missingLocations'][] = [];
    let cursor: string | undefined;
    do {
      const page = unwrap(
        await runCellAudit(reader, { segment: 0, segments: 1, cursor }, NOON, () => now),
      );
      checked.push(page.checked);
      missing.push(page.missingLocations);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return { checked, missing };
  };
  return { audited, pages };
}

test.each([
  ['1 cell each', 60, 1, [50, 10]],
  ['9 cells each, one below the maximum of a page', 50, 9, [450]],
  ['50 cells each', 25, 50, [500, 500, 250]],
])(
  'a page of the audit has the cells of up to 50 SKUs, or 500 cells: %s',
  async (_case, count, shards, pages) => {
    const skus = Array.from({ length: count }, (_, index) =>
      aStockItem({ sku: `sku-${index}`, shardCount: 1, openShardCount: 1, peakShardCount: shards }),
    );
    const book = emptyBook(skus);

    expect((await book.pages()).checked).toEqual(pages);
    expect(new Set(book.audited).size).toBe(count * shards);
    expect(book.audited).toHaveLength(count * shards);
  },
);

test('a page ends when its time is up, and the next one continues after its last SKU', async () => {
  const skus = Array.from({ length: 25 }, (_, index) =>
    aStockItem({ sku: `sku-${index}`, shardCount: 1, openShardCount: 1, peakShardCount: 50 }),
  );
  // 100 cells take 5 s, so the second check of the time finds 8 s over.
  const book = emptyBook(skus, { millisecondsPerCell: 50 });

  expect((await book.pages()).checked).toEqual([200, 200, 200, 200, 200, 200, 50]);
  expect(book.audited).toHaveLength(25 * 50);
  expect(new Set(book.audited).size).toBe(25 * 50);
});

test('a page audits at least one SKU, even if that takes longer than its time', async () => {
  const skus = [1, 2].map((index) =>
    aStockItem({ sku: `sku-${index}`, shardCount: 1, openShardCount: 1, peakShardCount: 100 }),
  );
  const book = emptyBook(skus, { millisecondsPerCell: 1_000 });

  expect((await book.pages()).checked).toEqual([100, 100]);
});

test('a page has each location without a record once, with the first SKU that names it', async () => {
  const skus = [
    aStockItem({ sku: 'tea', locations: ['main', 'annex', 'shop'] }),
    aStockItem({ sku: 'cup', locations: ['main', 'shop', 'yard', 'annex'] }),
    ...Array.from({ length: 48 }, (_, index) => aStockItem({ sku: `sku-${index}` })),
    aStockItem({ sku: 'jar', locations: ['main', 'yard'] }),
  ];
  const book = emptyBook(skus, { recorded: ['annex'] });

  expect((await book.pages()).missing).toEqual([
    [
      { locationId: 'shop', sku: 'tea' },
      { locationId: 'yard', sku: 'cup' },
    ],
    [{ locationId: 'yard', sku: 'jar' }],
  ]);
});

test('no location is missing while all have a record; main needs none', async () => {
  const skus = [aStockItem({ locations: ['main', 'annex'] })];

  expect((await emptyBook(skus, { recorded: ['annex'] }).pages()).missing).toEqual([[]]);
});
