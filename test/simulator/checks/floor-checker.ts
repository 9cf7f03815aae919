import type { ItemChange } from '../dynamodb/table.ts';
import type { Item } from '../dynamodb/values.ts';

/**
 * Checks that no new hold takes units below the floor of its cell. A late commit may: it adds no
 * units to a bucket.
 */
export class FloorChecker {
  readonly violations: string[] = [];
  /** Number of holds that left at least the floor of their cell. */
  checkedCount = 0;

  recordChange({ before, after }: ItemChange): void {
    const floor = Number(after?.floor?.N ?? 0);
    if (before === undefined || after?.type?.S !== 'balance' || floor === 0) return;
    if (!addsHeldUnits(before, after) || unitsTakenFromAvailable(before, after) <= 0) return;
    this.checkedCount += 1;
    const available = unitsIn(after.available);
    if (available < floor)
      this.violations.push(
        `a hold left ${available} units in ${after.pk?.S}, which has the floor ${floor}`,
      );
  }
}

type Value = Item[string] | undefined;

const unitsIn = (value: Value): number => Number(value?.N ?? 0);
const heldIn = (item: Item): Readonly<Record<string, Value>> => item.held?.M ?? {};

const addsHeldUnits = (before: Item, after: Item): boolean =>
  Object.entries(heldIn(after)).some(
    ([bucket, units]) => unitsIn(units) > unitsIn(heldIn(before)[bucket]),
  );

/** Units that left `available`, after the expired buckets were added to it. */
function unitsTakenFromAvailable(before: Item, after: Item): number {
  const expired = Object.entries(heldIn(before))
    .filter(([bucket]) => heldIn(after)[bucket] === undefined)
    .reduce((sum, [, units]) => sum + unitsIn(units), 0);
  return unitsIn(before.available) + expired - unitsIn(after.available);
}
