import {
  type Cell,
  type CellKey,
  cellIdOf,
  emptyCell,
  mainCellKey,
} from '../../lambdas/inventory/domain/ledger/cell.ts';
import type {
  CellChange,
  Change,
  OperationRecord,
} from '../../lambdas/inventory/domain/ledger/change.ts';
import type {
  CommandContext,
  Decision,
  OperationState,
  ReservationState,
} from '../../lambdas/inventory/domain/ledger/decision.ts';
import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import type { StockItem } from '../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { Location } from '../../lambdas/inventory/domain/locations/location.ts';
import type { CommitReservation } from '../../lambdas/inventory/domain/reservations/commit.ts';
import type { ExtendReservation } from '../../lambdas/inventory/domain/reservations/extend.ts';
import type { ReserveStock } from '../../lambdas/inventory/domain/reservations/reserve.ts';
import type {
  AdjustStock,
  ReceiveStock,
} from '../../lambdas/inventory/domain/stock/stock-entry.ts';
import type { StockLevel } from '../../lambdas/inventory/domain/stock/stock-level.ts';
import type { Result } from '../../lambdas/shared/core/result.ts';

/** 2026-01-01T12:00:00Z, the end of a bucket. */
export const NOON = Date.UTC(2026, 0, 1, 12);
export const NOON_BUCKET = NOON / 1000;
export const BUCKET_SECONDS = 60;
/** Bucket of a hold that `reserveCommand` makes at NOON. */
export const HOLD_BUCKET = NOON_BUCKET + 600;
export const seconds = (count: number) => count * 1000;

export const context = (overrides: Partial<CommandContext> = {}): CommandContext => ({
  now: NOON,
  by: 'tester',
  correlationId: 'corr-1',
  ...overrides,
});

export const aCell = (overrides: Partial<Cell> = {}): Cell => ({
  ...emptyCell(mainCellKey(overrides.sku ?? 'tea')),
  version: 1,
  ...overrides,
});

/** Returns the key of a cell of tea at the main location. */
export const teaShard = (shard: number): CellKey => ({ ...mainCellKey('tea'), shard });

export const aReservation = (overrides: Partial<Reservation> = {}): Reservation => ({
  reservationId: 'res-1',
  status: 'HELD',
  lines: [{ ...mainCellKey('tea'), quantity: 3 }],
  heldUntil: HOLD_BUCKET,
  orderId: 'res-1',
  fingerprint: 'print-1',
  extensions: [],
  version: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-0',
  ...overrides,
});

export const aStockItem = (overrides: Partial<StockItem> = {}): StockItem => ({
  sku: 'tea',
  shardCount: 1,
  openShardCount: overrides.shardCount ?? 1,
  peakShardCount: overrides.openShardCount ?? overrides.shardCount ?? 1,
  transferCount: 0,
  unitsTransferred: 0,
  locations: ['main'],
  version: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-0',
  ...overrides,
});

export const aStockLevel = (overrides: Partial<StockLevel> = {}): StockLevel => ({
  sku: 'tea',
  total: { level: 'in' },
  locations: { main: { level: 'in' } },
  version: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-0',
  ...overrides,
});

export const aLocation = (overrides: Partial<Location> = {}): Location => ({
  locationId: 'annex',
  name: 'Annex',
  kind: 'warehouse',
  active: true,
  ships: true,
  pickup: false,
  priority: 100,
  version: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-0',
  ...overrides,
});

type ReadState = ReservationState & OperationState;

/** Returns a state with these cells, complete by default. */
export const stateWith = (
  cells: readonly Cell[],
  {
    sku,
    skus = sku === undefined ? new Map() : new Map([[sku.sku, sku]]),
    reservation,
    operation,
    locations = [],
    isComplete = true,
  }: Partial<Pick<ReadState, 'reservation' | 'operation' | 'isComplete'>> & {
    readonly sku?: StockItem | undefined;
    readonly skus?: ReadonlyMap<string, StockItem>;
    readonly locations?: readonly Location[];
  } = {},
): ReadState => ({
  cells: new Map(cells.map((cell) => [cellIdOf(cell), cell])),
  stockItems: skus,
  locations: new Map(locations.map((location) => [location.locationId, location])),
  reservation,
  operation,
  isComplete,
});

export const reserveCommand = (overrides: Partial<ReserveStock> = {}): ReserveStock => ({
  ...context(),
  reservationId: 'res-1',
  lines: [{ sku: 'tea', quantity: 3 }],
  holdSeconds: 600,
  bucketSeconds: BUCKET_SECONDS,
  fingerprint: 'print-1',
  ...overrides,
});

export const extendCommand = (overrides: Partial<ExtendReservation> = {}): ExtendReservation => ({
  ...context(),
  holdSeconds: 900,
  bucketSeconds: BUCKET_SECONDS,
  operationId: 'extension-1',
  fingerprint: 'print-1',
  ...overrides,
});

export const commitCommand = (overrides: Partial<CommitReservation> = {}): CommitReservation => ({
  ...context(),
  reservationId: 'res-1',
  ...overrides,
});

export const receiveCommand = (overrides: Partial<ReceiveStock> = {}): ReceiveStock => ({
  ...context(),
  operationId: 'receipt-1',
  fingerprint: 'print-1',
  sku: 'tea',
  quantity: 5,
  createSku: true,
  ...overrides,
});

export const adjustCommand = (overrides: Partial<AdjustStock> = {}): AdjustStock => ({
  ...context(),
  operationId: 'adjustment-1',
  fingerprint: 'print-1',
  sku: 'tea',
  delta: -2,
  reason: 'damaged',
  ...overrides,
});

export const anOperationRecord = (overrides: Partial<OperationRecord> = {}): OperationRecord => ({
  operationId: 'receipt-1',
  fingerprint: 'print-1',
  at: NOON,
  ...overrides,
});

/** Returns a change of one cell that does nothing, except for the overrides. */
export const aCellChange = (overrides: Partial<CellChange> = {}): CellChange => ({
  cell: mainCellKey('tea'),
  isNew: false,
  available: 0,
  committed: 0,
  held: {},
  expiredBuckets: [],
  guard: {},
  movements: [],
  ...overrides,
});

export const aChange = (overrides: Partial<Change> = {}): Change => ({
  operationId: 'op-1',
  at: NOON,
  correlationId: 'corr-1',
  cells: [aCellChange()],
  ...overrides,
});

export const aMovement = (overrides: Partial<Movement> = {}): Movement => ({
  movementId: 'op-1.1',
  at: NOON,
  kind: 'RECEIVED',
  quantity: 3,
  from: { account: 'outside' },
  to: { account: 'available' },
  by: 'tester',
  ...overrides,
});

/** Returns the value of a success. Throws for an error. */
export function unwrap<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(`rejected: ${JSON.stringify(result.error)}`);
  return result.value;
}

type Commit<Value> = { readonly value: Value; readonly change: Change };

/** Returns the change and the value of a decision that commits. */
export function commitOf<Value>(decision: Decision<Value, unknown>): Commit<Value> {
  if (decision.next !== 'commit') throw new Error(`no commit: ${JSON.stringify(decision)}`);
  return { value: decision.value, change: decision.change };
}

export const changeOf = (decision: Decision<unknown, unknown>): Change => commitOf(decision).change;

/** Returns the value of a decision that commits or replays. */
export function decidedValue<Value>(decision: Decision<Value, unknown>): Value {
  if (decision.next !== 'commit' && decision.next !== 'replay')
    throw new Error(`no value: ${JSON.stringify(decision)}`);
  return decision.value;
}
