import type { Cell } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { StockItem } from '../../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { Location } from '../../../lambdas/inventory/domain/locations/location.ts';
import {
  decideLevel,
  LEVEL_QUIET_MILLISECONDS,
} from '../../../lambdas/inventory/domain/stock/decide-level.ts';
import { levelEvents } from '../../../lambdas/inventory/domain/stock/level-events.ts';
import type { StockLevel } from '../../../lambdas/inventory/domain/stock/stock-level.ts';
import type { ItemChange } from '../dynamodb/table.ts';
import { plainItem } from '../plain-item.ts';
import type { World } from '../world.ts';

const MINUTE = 60 * 1_000;
/** Looks after which no wake may be left: every hold has expired before. */
const LOOKS_MAX = 90;

const recordsOfType = <Value>(world: World, type: string): readonly Value[] =>
  world
    .tableItems('Book')
    .filter((item) => item.type === type)
    .map((item) => item as unknown as Value);

/** Times of the changes of the level of one subject, and the level after the last one. */
type SubjectHistory = { readonly times: readonly number[]; readonly level: string };

/**
 * Checks the levels of SKUs: their events form a chain for each subject, no level changes more than
 * twice in 60 seconds, and at the end they equal the cells.
 */
export class LevelChecker {
  readonly violations: string[] = [];
  readonly #subjects = new Map<string, SubjectHistory>();
  readonly #versions = new Map<string, number>();

  recordChange({ before, after }: ItemChange): void {
    if (after?.type?.S !== 'stockLevel') return;
    const level = plainItem(after) as unknown as StockLevel;
    const earlier = before && (plainItem(before) as unknown as StockLevel);
    if (level.version !== (this.#versions.get(level.sku) ?? 0) + 1)
      this.violations.push(`levels of ${level.sku}: version ${level.version} follows another one`);
    this.#versions.set(level.sku, level.version);
    for (const { type, detail } of levelEvents(earlier, level))
      if (type === 'AvailabilityChanged') this.#recordLevelChange(detail.data, level);
  }

  get checkedCount(): number {
    return [...this.#subjects.values()].reduce((sum, { times }) => sum + times.length, 0);
  }

  #recordLevelChange(
    {
      sku,
      locationId,
      from,
      to,
    }: { sku: string; locationId?: string | undefined; from: string; to: string },
    { total, locations }: StockLevel,
  ): void {
    const subject = `${sku} ${locationId ?? 'in total'}`;
    const { times, level } = this.#subjects.get(subject) ?? { times: [], level: 'out' };
    if (from !== level)
      this.violations.push(`levels of ${subject}: changed from ${from}, but the last was ${level}`);
    const at = (locationId === undefined ? total : locations[locationId])?.lastChange?.at ?? 0;
    const third = times.at(-2);
    if (third !== undefined && at - third < LEVEL_QUIET_MILLISECONDS)
      this.violations.push(`levels of ${subject}: three changes within ${at - third} ms`);
    this.#subjects.set(subject, { times: [...times, at], level: to });
  }
}

/** Runs a look, as each minute. A failed one is followed by the next. */
export const look = (world: World) =>
  world.invokeHandler('inventory/look-at-levels', {
    scheduledTime: new Date(world.time.now).toISOString(),
  });

/** Runs looks each minute until no SKU waits for one. Returns the violations. */
export async function checkLevelsAtRest(world: World): Promise<readonly string[]> {
  const levels = () => recordsOfType<StockLevel>(world, 'stockLevel');
  let looks = 0;
  do {
    looks += 1;
    await look(world);
    await world.time.wait(MINUTE);
    await world.settle();
  } while (levels().some(({ wakeAt }) => wakeAt !== undefined) && looks < LOOKS_MAX);
  const cells = recordsOfType<Cell>(world, 'balance');
  const locations = new Map(
    recordsOfType<Location>(world, 'location').map((one) => [one.locationId, one]),
  );
  return recordsOfType<StockItem>(world, 'stockItem').flatMap((stockItem) => {
    const { sku } = stockItem;
    const recorded = levels().find((level) => level.sku === sku);
    const after = decideLevel(
      recorded,
      { stockItem, cells: cells.filter((cell) => cell.sku === sku), locations },
      { now: world.time.now + LEVEL_QUIET_MILLISECONDS, showBelow: 0, mayRaise: true },
    );
    return after === undefined
      ? []
      : [
          `levels of ${sku} after ${looks} looks: ${JSON.stringify(recorded)} should be ${JSON.stringify(after)}`,
        ];
  });
}
