import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { toIso } from '../../shared/instant.ts';
import type { CellChange, Change, Marker } from '../domain/change.ts';
import { balanceKey, movementsItem, operationItem, reservationItem, skuItem } from './stock-items.ts';

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The marker comes first: its place in the reasons of a refused transaction. */
export const MARKER_ACTION = 0;

/** A change as one transaction: its marker, its balances under their guards, its movements. */
export function toTransaction(change: Change, tableName: string): Action[] {
  const actions: Action[] = [];
  if (change.marker !== undefined) actions.push(markerPut(change.marker, change, tableName));
  for (const operation of change.marks ?? [])
    actions.push({
      Put: { TableName: tableName, Item: { ...operationItem(operation) }, ...atVersion(undefined) },
    });
  for (const cell of change.cells) {
    actions.push(cell.creates ? balancePut(cell, change, tableName) : balanceUpdate(cell, change, tableName));
    if (cell.movements.length > 0) {
      actions.push({ Put: { TableName: tableName, Item: { ...movementsItem(cell, change) } } });
    }
  }
  if (change.sku !== undefined) {
    const { after, expectedVersion } = change.sku;
    actions.push({
      Put: { TableName: tableName, Item: { ...skuItem(after) }, ...atVersion(expectedVersion) },
    });
  }
  return actions;
}

/** The place of each cell's balance among the actions. */
export function balancePlaces({ marker, marks, cells }: Change): number[] {
  let place = (marker === undefined ? 0 : 1) + (marks?.length ?? 0);
  return cells.map(({ movements }) => {
    const own = place;
    place += movements.length > 0 ? 2 : 1;
    return own;
  });
}

const markerPut = (marker: Marker, change: Change, tableName: string): Action => ({
  Put: {
    TableName: tableName,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(marker.kind === 'operation'
      ? { Item: { ...operationItem(marker.operation) }, ...atVersion(undefined) }
      : { Item: { ...reservationItem(marker.after, change) }, ...atVersion(marker.expectedVersion) }),
  },
});

/** The item must be at the version that was read, or must not be there. */
const atVersion = (expected: number | undefined) =>
  expected === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':expected': expected },
      };

const balancePut = ({ cell, available }: CellChange, change: Change, tableName: string): Action => ({
  Put: {
    TableName: tableName,
    Item: {
      ...balanceKey(cell),
      type: 'balance',
      ...cell,
      available,
      held: {},
      committed: 0,
      foldedThrough: 0,
      version: 1,
      updatedAt: toIso(change.at),
    },
    ...atVersion(undefined),
  },
});

/**
 * Sets what the change adds and removes, under the guards that it carries and no others: two holds do not exclude each other.
 * ADD is for top-level attributes only, so a slot is set with if_not_exists.
 */
function balanceUpdate(change: CellChange, { at }: Change, tableName: string): Action {
  const names: Record<string, string> = { '#version': 'version' };
  const values: Record<string, unknown> = { ':one': 1, ':at': toIso(at) };
  const sets = ['#version = #version + :one', 'updatedAt = :at'];
  const conditions = ['attribute_exists(pk)'];
  const number = (name: string, value: number): string => {
    values[`:${name}`] = value;
    return `:${name}`;
  };
  const slotPath = (slot: string | number): string => {
    names['#held'] = 'held';
    names[`#s${slot}`] = String(slot);
    return `#held.#s${slot}`;
  };

  for (const account of ['available', 'committed'] as const) {
    if (change[account] !== 0)
      sets.push(`${account} = ${account} + ${number(`${account}Added`, change[account])}`);
  }
  for (const [slot, units] of Object.entries(change.held)) {
    const path = slotPath(slot);
    sets.push(`${path} = if_not_exists(${path}, ${number('zero', 0)}) + ${number(`h${slot}`, units)}`);
  }
  if (change.folds.length > 0) sets.push(`foldedThrough = ${number('folded', Math.max(...change.folds))}`);
  if (change.count !== undefined) {
    sets.push('lastCount = :count');
    values[':count'] = change.count;
  }
  if (change.conflicts !== undefined) {
    number('zero', 0);
    sets.push(`conflicts = if_not_exists(conflicts, :zero) + ${number('conflicts', change.conflicts)}`);
  }
  const removes = change.folds.map(slotPath);

  const { guard } = change;
  if (guard.available) conditions.push(`available >= ${number('availableMin', guard.available)}`);
  if (guard.committed) conditions.push(`committed >= ${number('committedMin', guard.committed)}`);
  for (const [slot, units] of Object.entries(guard.held ?? {})) {
    conditions.push(`${slotPath(slot)} >= ${number(`min${slot}`, units)}`);
  }
  if (guard.notFolded !== undefined)
    conditions.push(`foldedThrough < ${number('notFolded', guard.notFolded)}`);
  if (guard.folded !== undefined) conditions.push(`foldedThrough >= ${number('foldedMin', guard.folded)}`);
  if (guard.version !== undefined) conditions.push(`#version = ${number('version', guard.version)}`);
  if (guard.lastCountId === null) conditions.push('attribute_not_exists(lastCount)');
  else if (guard.lastCountId !== undefined) {
    conditions.push('lastCount.countId = :lastCountId');
    values[':lastCountId'] = guard.lastCountId;
  }

  return {
    Update: {
      TableName: tableName,
      Key: balanceKey(change.cell),
      UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    },
  };
}
