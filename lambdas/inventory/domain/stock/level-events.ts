import type { InventoryEvent } from '../../../contracts/events.ts';
import { isLow, levelAt, type StockLevel, type SubjectLevel, totalLevelOf } from './stock-level.ts';

/**
 * Returns the events of a change of a SKU's levels: one for each level that changed, and StockLow
 * for each subject that fell below its threshold.
 */
export const levelEvents = (
  before: StockLevel | undefined,
  after: StockLevel,
): InventoryEvent[] => [
  ...subjectEvents(after, undefined, totalLevelOf(before), after.total),
  ...Object.entries(after.locations).flatMap(([locationId, level]) =>
    subjectEvents(after, locationId, levelAt(before, locationId), level),
  ),
];

function subjectEvents(
  { sku, version, updatedAt, correlationId }: StockLevel,
  locationId: string | undefined,
  before: SubjectLevel,
  after: SubjectLevel,
): InventoryEvent[] {
  const { lastChange } = after;
  if (after.level === before.level || lastChange === undefined) return [];
  const { sellable, lowStockThreshold } = lastChange;
  const head = (type: string) =>
    ({
      eventId: [
        'level',
        sku,
        version,
        type,
        ...(locationId === undefined ? [] : [locationId]),
      ].join('/'),
      version: 1,
      occurredAt: updatedAt,
      correlationId,
    }) as const;
  const subject = { sku, ...(locationId === undefined ? {} : { locationId }) };
  const changed: InventoryEvent = {
    type: 'AvailabilityChanged',
    detail: {
      ...head('AvailabilityChanged'),
      data: { ...subject, from: before.level, to: after.level, sellable, version },
    },
  };
  if (!isLow(after) || isLow(before) || lowStockThreshold === undefined) return [changed];
  const data = { ...subject, available: sellable, lowStockThreshold };
  return [changed, { type: 'StockLow', detail: { ...head('StockLow'), data } }];
}
