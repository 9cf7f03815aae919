import { cellIdOf } from './cell.ts';
import type { CellChange, Change, Guard } from './change.ts';

/** Of one transaction. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const ACTIONS_MAX = 100;

/** What several changes do to one cell, as one. */
export type MergedCell = { readonly whole: CellChange; readonly parts: readonly CellPart[] };
/** What one of them does there: its movements are an item of its own. */
export type CellPart = { readonly change: Change; readonly cell: CellChange };

/**
 * The cells of changes that are written together, each once, in the order in which they first come. The guards of all hold where the
 * sums of what they want are there: none of them relies on units that another one brings.
 */
export function mergedCells(changes: readonly Change[]): MergedCell[] {
  const parts = new Map<string, CellPart[]>();
  for (const change of changes) {
    for (const cell of change.cells) {
      const id = cellIdOf(cell.cell);
      parts.set(id, [...(parts.get(id) ?? []), { change, cell }]);
    }
  }
  return [...parts.values()].flatMap((ofCell) => {
    const [first, ...others] = ofCell.map(({ cell }) => cell);
    return first === undefined ? [] : [{ whole: others.reduce(merged, first), parts: ofCell }];
  });
}

const merged = (a: CellChange, b: CellChange): CellChange => ({
  ...a,
  available: a.available + b.available,
  committed: a.committed + b.committed,
  held: sumOf(a.held, b.held),
  guard: mergedGuard(a.guard, b.guard),
  movements: [...a.movements, ...b.movements],
});

const mergedGuard = (a: Guard, b: Guard): Guard => ({
  available: (a.available ?? 0) + (b.available ?? 0),
  committed: (a.committed ?? 0) + (b.committed ?? 0),
  held: sumOf(a.held ?? {}, b.held ?? {}),
  ...together('notFolded', Math.min, a.notFolded, b.notFolded),
  ...together('folded', Math.max, a.folded, b.folded),
});

const together = <Name extends string>(
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

type Units = Readonly<Record<string, number>>;
const sumOf = (a: Units, b: Units): Units =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((slot) => [
      slot,
      (a[slot] ?? 0) + (b[slot] ?? 0),
    ]),
  );

/** True for a change that only takes what it wants, whatever else happens to its cells: another may be written with it. */
export const isMergeable = ({ cells, sku }: Change): boolean =>
  sku === undefined &&
  cells.every(
    ({ creates, folds, guard, count, adjustment }) =>
      !creates &&
      folds.length === 0 &&
      count === undefined &&
      adjustment === undefined &&
      guard.version === undefined &&
      guard.lastCountId === undefined &&
      guard.lastAdjustmentId === undefined,
  );

/** So many actions do these changes take together. */
export const actionsOf = (changes: readonly Change[]): number =>
  changes.reduce(
    (sum, { marker, marks = [], cells, sku }) =>
      sum +
      (marker === undefined ? 0 : 1) +
      marks.length +
      cells.filter(({ movements }) => movements.length > 0).length +
      (sku === undefined ? 0 : 1),
    new Set(changes.flatMap(({ cells }) => cells.map(({ cell }) => cellIdOf(cell)))).size,
  );

/**
 * Changes in groups that are to be written together: those that share a cell, directly or by others, as many as one transaction takes.
 * Groups of one list share cells, and are written one after the other; the lists share none.
 */
export function groupsOf(changes: readonly Change[]): readonly (readonly Change[])[][] {
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
  return components.map((component) => chunksOf(component.changes));
}

function chunksOf(changes: readonly Change[]): Change[][] {
  const chunks: Change[][] = [];
  for (const change of changes) {
    const last = chunks.at(-1);
    if (last !== undefined && actionsOf([...last, change]) <= ACTIONS_MAX) last.push(change);
    else chunks.push([change]);
  }
  return chunks;
}
