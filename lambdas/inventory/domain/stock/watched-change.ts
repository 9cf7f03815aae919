import type { Instant } from '../../../shared/core/instant.ts';
import { isSameValue } from '../../../shared/core/same-value.ts';
import { type Cell, surplusOf } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';
import { type Location, storedOrMain } from '../locations/location.ts';

export type BalanceChange = {
  readonly kind: 'balance';
  readonly before?: Cell | undefined;
  readonly after: Cell;
};
export type SettingsChange = {
  readonly kind: 'settings';
  readonly before?: StockItem | undefined;
  readonly after: StockItem;
};
export type LocationChange = {
  readonly kind: 'location';
  readonly before?: Location | undefined;
  readonly after: Location;
};
/** A change of a record that levels depend on. */
export type WatchedChange = BalanceChange | SettingsChange | LocationChange;
/** A change that concerns one SKU. */
export type SkuChange = Exclude<WatchedChange, LocationChange>;

/**
 * Returns true where a change altered the sellable units or the threshold, so that the SKU must be
 * checked. Commits of held units, shipments, expired holds and transfers do not, and they are most
 * changes.
 */
export const changesLevels = (change: SkuChange, now: Instant): boolean =>
  change.kind === 'balance'
    ? changesAvailability(change, now)
    : !isSameValue(change.before?.lowStockThreshold, change.after.lowStockThreshold);

const changesAvailability = ({ before, after }: BalanceChange, now: Instant): boolean =>
  (before === undefined ? 0 : surplusOf(before, now)) !== surplusOf(after, now);

/** Returns true where a change of a location alters what can be sold or collected there. */
export function changesWhatIsSold({ before: stored, after }: LocationChange): boolean {
  const before = storedOrMain(after.locationId, stored);
  return (
    before === undefined ||
    before.active !== after.active ||
    before.ships !== after.ships ||
    before.pickup !== after.pickup
  );
}
