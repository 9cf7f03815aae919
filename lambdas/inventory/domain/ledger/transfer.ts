import { toIso } from '../../../shared/core/instant.ts';
import type { Cell, CellKey } from './cell.ts';
import { type CellPlan, numbered, takeAvailable, transferIn } from './cell-change.ts';
import type { CellChange, Change, Operation } from './change.ts';
import type { Chosen } from './choose-cells.ts';
import { type CommandContext, movementContext } from './decision.ts';
import { availableIn } from './movement.ts';
import type { Sku } from './sku.ts';

/** Each takes four actions of the 100 that a transaction has: its balance, its movement, and a mark at both ends. */
export const TRANSFER_SOURCES_MAX = 20;

/**
 * Units go from some cells to another one of the same sku and location. Undefined where the cells do not have them. The sku's record
 * is written with it: so no two transfers of a sku happen at once, and whoever looks at all its cells can tell that one happened.
 */
export function transferOf(
  sku: Sku,
  { to, creates }: { readonly to: CellKey; readonly creates: boolean },
  sources: readonly Chosen[],
  context: CommandContext,
): Change | undefined {
  const plans: CellPlan[] = [];
  const taken = sources.slice(0, TRANSFER_SOURCES_MAX);
  for (const { cell, quantity } of taken) {
    const one = takeAvailable(cell, quantity, 'TRANSFERRED', availableIn(to.shard), context.now);
    if (!one.ok) return undefined;
    plans.push(one.plan);
  }
  const parts = taken.map(({ cell, quantity }) => ({ shard: cell.shard, quantity }));
  const units = parts.reduce((sum, { quantity }) => sum + quantity, 0);
  const after = withTransfer(sku, { to, units }, context);
  // A sku may have dots in it, and what is numbered behind it must not be another sku's.
  const operationId = `transfer#${sku.sku}#${after.transfers}`;
  const cells = numbered(
    [...plans, transferIn(to, parts, creates)],
    movementContext(operationId, context),
  );
  return {
    operationId,
    at: context.now,
    correlationId: context.correlationId,
    marker: { kind: 'operation', operation: markOf(operationId, context) },
    marks: cells.flatMap((cell) => marksOf(cell, context)),
    cells,
    sku: { after, expectedVersion: sku.version },
  };
}

/** Of each movement by itself, in its cell: either half is found again if it is lost. */
const marksOf = ({ cell, movements }: CellChange, context: CommandContext): Operation[] =>
  movements
    .filter(({ kind }) => kind === 'TRANSFERRED')
    .map((movement) => ({ ...markOf(movement.movementId, context), entry: { cell, movement } }));

/** No request asks for a transfer by a key, so its mark has no fingerprint and no response. */
const markOf = (operationId: string, { now }: CommandContext): Operation => ({
  operationId,
  fingerprint: '',
  at: now,
});

/** The sku's record with one transfer more; a cell that was closed is open again with what comes into it. */
export const withTransfer = (
  sku: Sku,
  { to, units }: { readonly to: CellKey; readonly units: number },
  { now, correlationId }: CommandContext,
): Sku => ({
  ...sku,
  openShards: Math.max(sku.openShards, to.shard + 1),
  transfers: sku.transfers + 1,
  unitsMoved: sku.unitsMoved + units,
  version: sku.version + 1,
  updatedAt: toIso(now),
  correlationId,
});

/** Units of the others that a cell lacks come to it, as many as one change can bring; undefined where it lacks none, or they have none. */
export function gatherInto(
  sku: Sku | undefined,
  home: Cell | undefined,
  others: readonly Chosen[],
  lacking: number,
  context: CommandContext,
): Change | undefined {
  if (sku === undefined || home === undefined || lacking <= 0) return undefined;
  const sources: Chosen[] = [];
  let left = lacking;
  for (const { cell, quantity } of [...others].sort((a, b) => b.quantity - a.quantity)) {
    const part = Math.min(quantity, left);
    if (part <= 0) break;
    sources.push({ cell, quantity: part });
    left -= part;
  }
  return sources.length === 0
    ? undefined
    : transferOf(sku, { to: home, creates: false }, sources, context);
}
