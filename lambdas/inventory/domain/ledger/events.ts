import type { InventoryEvent } from '../../../contracts/events.ts';
import { defined } from '../../../shared/core/defined.ts';
import { epochSecondsToIso, toIso } from '../../../shared/core/instant.ts';
import { RESTORE_ACTION } from '../reservations/restore-reservation.ts';
import { levelEvents } from '../stock/level-events.ts';
import type { StockLevel } from '../stock/stock-level.ts';
import type { CellKey } from './cell.ts';
import type { Movement } from './movement.ts';
import { type Demand, mergeLines, type Reservation } from './reservation.ts';
import type { StockItem } from './stock-item.ts';

/** A record of the book that events are derived from. */
export type BookRecord =
  | {
      readonly type: 'movements';
      readonly cell: CellKey;
      readonly movements: readonly Movement[];
      readonly correlationId: string;
    }
  | { readonly type: 'reservation'; readonly reservation: Reservation }
  | { readonly type: 'stockItem'; readonly stockItem: StockItem }
  | { readonly type: 'stockLevel'; readonly stockLevel: StockLevel };

/**
 * Returns the events of one change of one record. Ids come from the record and its version, so a
 * repeat is the same event.
 */
export function eventsOf(
  before: BookRecord | undefined,
  after: BookRecord | undefined,
): InventoryEvent[] {
  if (after === undefined) return [];
  switch (after.type) {
    case 'movements':
      return before === undefined
        ? after.movements.flatMap((movement) => movementEvents(after, movement))
        : [];
    case 'reservation':
      return reservationEvents(
        before?.type === 'reservation' ? before.reservation : undefined,
        after.reservation,
      );
    case 'stockItem':
      return stockItemEvents(
        before?.type === 'stockItem' ? before.stockItem : undefined,
        after.stockItem,
      );
    case 'stockLevel':
      return levelEvents(
        before?.type === 'stockLevel' ? before.stockLevel : undefined,
        after.stockLevel,
      );
  }
}

function movementEvents(
  { cell, correlationId }: { cell: CellKey; correlationId: string },
  movement: Movement,
): InventoryEvent[] {
  const { movementId, quantity, reservationId, orderId, reference, note, reason } = movement;
  const { sku, locationId } = cell;
  const head = {
    eventId: `movement/${movementId}`,
    version: 1,
    occurredAt: toIso(movement.at),
    correlationId,
  } as const;
  const movedUnits = {
    sku,
    locationId,
    quantity,
    movementId,
    ...(reservationId === undefined ? {} : { reservationId }),
    ...(orderId === undefined ? {} : { orderId }),
    ...(reference === undefined ? {} : { reference }),
  };
  // It was published when it was written the first time.
  if (movement.restored) return [];
  switch (movement.kind) {
    case 'RECEIVED':
      return [{ type: 'StockReceived', detail: { ...head, data: movedUnits } }];
    case 'RETURNED':
      return [{ type: 'StockReturned', detail: { ...head, data: movedUnits } }];
    case 'SHIPPED':
      return [{ type: 'StockShipped', detail: { ...head, data: movedUnits } }];
    case 'ADJUSTED': {
      const delta = movement.to.account === 'outside' ? -quantity : quantity;
      const noteFields = note === undefined ? {} : { note };
      const data = {
        sku,
        locationId,
        delta,
        movementId,
        reason: reason ?? 'other',
        ...noteFields,
      } as const;
      return [{ type: 'StockAdjusted', detail: { ...head, data } }];
    }
    case 'RESERVED':
    case 'EXPIRED':
    case 'EXTENDED':
    case 'COMMITTED':
    case 'RELEASED':
    case 'TRANSFERRED':
    case 'REBUILT':
      return [];
  }
}

function reservationEvents(before: Reservation | undefined, after: Reservation): InventoryEvent[] {
  const { reservationId, orderId, owner, commitFailure, correlationId } = after;
  const head = (type: string) =>
    ({
      eventId: `reservation/${reservationId}/${after.version}/${type}`,
      version: 1,
      occurredAt: after.updatedAt,
      correlationId,
    }) as const;
  const data = { reservationId, ...defined({ orderId, owner }) };
  const lines = mergeLines(after.lines);

  if (commitFailure !== undefined && before?.commitFailure === undefined) {
    return [
      {
        type: 'StockCommitFailed',
        detail: {
          ...head('StockCommitFailed'),
          data: { ...data, ...commitFailure, shortages: [...commitFailure.shortages] },
        },
      },
    ];
  }
  const released = mergeLines(releasedLines(before, after));
  if (released.length > 0) {
    const type = 'StockReleased';
    return [{ type, detail: { ...head(type), data: { ...data, lines: released } } }];
  }
  if (before?.status === after.status) return [];
  // Its steps were published when they were taken.
  if (before === undefined && after.repairs?.at(-1)?.action === RESTORE_ACTION) return [];
  if (after.status === 'HELD' && after.heldUntil !== undefined) {
    const expiresAt = epochSecondsToIso(after.heldUntil);
    return [
      {
        type: 'StockReserved',
        detail: { ...head('StockReserved'), data: { ...data, lines, expiresAt } },
      },
    ];
  }
  if (after.status === 'COMMITTED')
    return [{ type: 'StockCommitted', detail: { ...head('StockCommitted'), data } }];
  return [];
}

/** Returns the units that the change released: parts of committed lines, or a whole hold. */
function releasedLines(before: Reservation | undefined, after: Reservation): Demand[] {
  if (before?.status !== 'COMMITTED')
    return before !== undefined && before.status !== after.status && after.status === 'RELEASED'
      ? [...after.lines]
      : [];
  return after.lines.flatMap(({ released = 0, ...line }, index) => {
    const quantity = released - (before.lines[index]?.released ?? 0);
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
}

function stockItemEvents(before: StockItem | undefined, after: StockItem): InventoryEvent[] {
  const { sku, shardCount, shardProposal, version, updatedAt, correlationId } = after;
  const head = (type: string) =>
    ({
      eventId: `sku/${sku}/${version}/${type}`,
      version: 1,
      occurredAt: updatedAt,
      correlationId,
    }) as const;
  const events: InventoryEvent[] = [];
  if (shardProposal !== undefined && shardProposal.at !== before?.shardProposal?.at) {
    const { at: _at, ...proposal } = shardProposal;
    events.push({
      type: 'StockContentionDetected',
      detail: { ...head('StockContentionDetected'), data: { sku, ...proposal } },
    });
  }
  if (before !== undefined && shardCount !== before.shardCount) {
    const data = { sku, shardCount, shardCountBefore: before.shardCount };
    events.push({ type: 'StockShardsChanged', detail: { ...head('StockShardsChanged'), data } });
  }
  for (const { locationId, units, at } of after.consolidations ?? []) {
    const known = before?.consolidations?.find((one) => one.locationId === locationId);
    if (known?.at === at) continue;
    const type = 'StockConsolidationRequested';
    events.push({ type, detail: { ...head(type), data: { sku, locationId, quantity: units } } });
  }
  return events;
}

/** Returns metrics of expired holds. They are no event: nothing has to react to them. */
export function metricsOf(after: BookRecord | undefined): Readonly<Record<string, number>> {
  if (after?.type !== 'movements') return {};
  const expired = after.movements.filter(({ kind }) => kind === 'EXPIRED');
  const units = expired.reduce((sum, { quantity }) => sum + quantity, 0);
  return units === 0 ? {} : { UnitsExpired: units };
}
