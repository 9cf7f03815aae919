import { cellIdOf } from './cell.ts';
import type { CellChange, Change, Guard } from './change.ts';

/**
 * Maximum actions of one transaction.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export const TRANSACTION_ACTIONS_MAX = 100;

/** Effect of several changes on one cell, as one change. */
export type MergedCellChange = {
  readonly merged: CellChange;
  readonly parts: readonly CellChangePart[];
};
/** The part of one change. Its movements are an item of their own. */
export type CellChangePart = { readonly change: Change; readonly cellChange: CellChange };

/**
 * Merges changes that are written together into one change for each cell, in the order of first
 * use. Guards add up: no change relies on units that another one brings.
 */
export function mergeCellChanges(changes: readonly Change[]): MergedCellChange[] {
  const parts = new Map<string, CellChangePart[]>();
  for (const change of changes) {
    for (const cellChange of change.cells) {
      const id = cellIdOf(cellChange.cell);
      parts.set(id, [...(parts.get(id) ?? []), { change, cellChange }]);
    }
  }
  return [...parts.values()].flatMap((ofCell) => {
    const [first, ...others] = ofCell.map(({ cellChange }) => cellChange);
    return first === undefined ? [] : [{ merged: others.reduce(mergePair, first), parts: ofCell }];
  });
}

const mergePair = (a: CellChange, b: CellChange): CellChange => ({
  ...a,
  available: a.available + b.available,
  committed: a.committed + b.committed,
  held: addUnits(a.held, b.held),
  guard: mergeGuards(a.guard, b.guard),
  movements: [...a.movements, ...b.movements],
});

const mergeGuards = (a: Guard, b: Guard): Guard => ({
  availableMin: (a.availableMin ?? 0) + (b.availableMin ?? 0),
  committedMin: (a.committedMin ?? 0) + (b.committedMin ?? 0),
  heldMin: addUnits(a.heldMin ?? {}, b.heldMin ?? {}),
  ...combineOptional('expiredThroughBelow', Math.min, a.expiredThroughBelow, b.expiredThroughBelow),
  ...combineOptional('expiredThroughMin', Math.max, a.expiredThroughMin, b.expiredThroughMin),
});

const combineOptional = <Name extends string>(
  name: Name,
  choose: (...values: number[]) => number,
  ...values: readonly (number | undefined)[]
): { readonly [Key in Name]?: number } => {
  const given = values.filter((value) => value !== undefined);
  // The one key is of the name's type.
  return given.length === 0
    ? {}
    : ({ [name]: choose(...given) } as { readonly [Key in Name]: number });
};

type UnitsByBucket = Readonly<Record<string, number>>;
const addUnits = (a: UnitsByBucket, b: UnitsByBucket): UnitsByBucket =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((bucket) => [
      bucket,
      (a[bucket] ?? 0) + (b[bucket] ?? 0),
    ]),
  );

/**
 * Returns true for a change that only takes units and depends on nothing else in its cells, so that
 * others can be written with it.
 */
export const isMergeable = ({ cells, stockItem }: Change): boolean =>
  stockItem === undefined &&
  cells.every(
    ({ isNew, expiredBuckets, guard, count, adjustment }) =>
      !isNew &&
      expiredBuckets.length === 0 &&
      count === undefined &&
      adjustment === undefined &&
      guard.version === undefined &&
      guard.lastCountId === undefined &&
      guard.lastAdjustmentId === undefined &&
      guard.floor === undefined,
  );

/** Returns the number of transaction actions of these changes. */
export const countActions = (changes: readonly Change[]): number =>
  changes.reduce(
    (sum, { idempotencyRecord, entryRecords = [], cells, stockItem }) =>
      sum +
      (idempotencyRecord === undefined ? 0 : 1) +
      entryRecords.length +
      cells.filter(({ movements }) => movements.length > 0).length +
      (stockItem === undefined ? 0 : 1),
    new Set(changes.flatMap(({ cells }) => cells.map(({ cell }) => cellIdOf(cell)))).size,
  );

/**
 * Splits changes into lists of groups. Changes that share a cell, directly or through others, are
 * in one list, and its groups are written one after the other, each within one transaction.
 * Different lists share no cell.
 */
export function groupChanges(changes: readonly Change[]): readonly (readonly Change[])[][] {
  let components: { readonly cells: ReadonlySet<string>; readonly changes: readonly Change[] }[] =
    [];
  for (const change of changes) {
    const cells = change.cells.map(({ cell }) => cellIdOf(cell));
    const touching = components.filter((one) => cells.some((cell) => one.cells.has(cell)));
    const joined = {
      cells: new Set([...cells, ...touching.flatMap((one) => [...one.cells])]),
      changes: [...touching.flatMap((one) => one.changes), change],
    };
    components = [...components.filter((one) => !touching.includes(one)), joined];
  }
  return components.map((component) => splitByActions(component.changes));
}

function splitByActions(changes: readonly Change[]): Change[][] {
  const chunks: Change[][] = [];
  for (const change of changes) {
    const last = chunks.at(-1);
    if (last !== undefined && countActions([...last, change]) <= TRANSACTION_ACTIONS_MAX)
      last.push(change);
    else chunks.push([change]);
  }
  return chunks;
}
