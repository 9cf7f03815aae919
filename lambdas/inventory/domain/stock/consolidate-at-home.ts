import { availableUnits } from '../ledger/allocation.ts';
import type { CellKey } from '../ledger/cell.ts';
import type { Change } from '../ledger/change.ts';
import {
  type CommandContext,
  cellsAtLocation,
  findCell,
  type OperationState,
} from '../ledger/decision.ts';
import { consolidateInto } from '../ledger/transfer.ts';

/**
 * Returns a change that brings the units that the home cell lacks from the location's other cells,
 * or undefined where it lacks none or the location has too few.
 */
export function consolidateAtHome(
  state: OperationState,
  { key, units }: { readonly key: CellKey; readonly units: number },
  context: CommandContext,
): Change | undefined {
  const home = findCell(state, key);
  const others = cellsAtLocation(state, key)
    .filter((cell) => cell !== home)
    .map((cell) => ({ cell, quantity: availableUnits([cell], context.now) }));
  const shortfall = units - availableUnits(home === undefined ? [] : [home], context.now);
  if (others.reduce((sum, { quantity }) => sum + quantity, 0) < shortfall) return undefined;
  return consolidateInto(state.stockItems.get(key.sku), home, others, shortfall, context);
}
