import { type Cell, cellIdOf, emptyCell, mainCellOf } from '../../lambdas/inventory/domain/cell.ts';
import type { BookState, CommandContext } from '../../lambdas/inventory/domain/decision.ts';
import type { Reservation } from '../../lambdas/inventory/domain/reservation.ts';
import type { ReserveStock } from '../../lambdas/inventory/domain/reserve.ts';
import type { Sku } from '../../lambdas/inventory/domain/sku.ts';

/** 2026-01-01T12:00:00Z, which is the end of a slot. */
export const NOON = Date.UTC(2026, 0, 1, 12);
export const NOON_SLOT = NOON / 1000;
export const SLOT_SECONDS = 60;
export const seconds = (count: number) => count * 1000;

export const context = (overrides: Partial<CommandContext> = {}): CommandContext => ({
  now: NOON,
  by: 'tester',
  correlationId: 'corr-1',
  ...overrides,
});

export const aCell = (overrides: Partial<Cell> = {}): Cell => ({
  ...emptyCell(mainCellOf(overrides.sku ?? 'tea')),
  version: 1,
  ...overrides,
});

export const aReservation = (overrides: Partial<Reservation> = {}): Reservation => ({
  reservationId: 'res-1',
  status: 'HELD',
  lines: [{ ...mainCellOf('tea'), quantity: 3 }],
  heldUntil: NOON_SLOT + 600,
  orderId: 'res-1',
  fingerprint: 'print-1',
  extensions: [],
  version: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-0',
  ...overrides,
});

export const aSku = (overrides: Partial<Sku> = {}): Sku => ({
  sku: 'tea',
  shardCount: 1,
  locations: ['main'],
  low: false,
  availableSeen: 0,
  version: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-0',
  ...overrides,
});

export const stateWith = (cells: readonly Cell[], rest: Omit<BookState, 'cells'> = {}): BookState => ({
  cells: new Map(cells.map((cell) => [cellIdOf(cell), cell])),
  ...rest,
});

export const reserving = (overrides: Partial<ReserveStock> = {}): ReserveStock => ({
  ...context(),
  reservationId: 'res-1',
  lines: [{ sku: 'tea', quantity: 3 }],
  ttlSeconds: 600,
  slotSeconds: SLOT_SECONDS,
  fingerprint: 'print-1',
  ...overrides,
});
