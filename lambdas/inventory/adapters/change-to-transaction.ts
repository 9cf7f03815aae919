import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { toIso } from '../../shared/core/instant.ts';
import type { Item } from '../../shared/events/stream-handler.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { CellChange, Change, Marker } from '../domain/ledger/change.ts';
import { type CellPart, mergedCells } from '../domain/ledger/merge-changes.ts';
import {
  balanceKey,
  movementsItem,
  operationItem,
  reservationItem,
  skuItem,
} from './stock-items.ts';

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The marker comes first: its place in the reasons of a refused transaction. */
export const MARKER_ACTION = 0;

/** Changes as one transaction: their markers, each cell's balance once under its guards, its movements in an item of each change. */
export const toTransaction = (changes: readonly Change[], tableName: string): Action[] =>
  placedActions(changes, tableName).map(({ action }) => action);

/** The cells whose balances stand at the places of the transaction that are asked for. */
export const cellsAt = (
  changes: readonly Change[],
  tableName: string,
  isAsked: (place: number) => boolean,
): CellKey[] =>
  placedActions(changes, tableName).flatMap(({ balanceOf }, place) =>
    balanceOf !== undefined && isAsked(place) ? [balanceOf] : [],
  );

type Placed = { readonly action: Action; readonly balanceOf?: CellKey };

function placedActions(changes: readonly Change[], tableName: string): Placed[] {
  const puts = (Item: Item, condition: object = {}): Placed => ({
    action: { Put: { TableName: tableName, Item: { ...Item }, ...condition } },
  });
  return [
    ...changes.flatMap((change) =>
      change.marker === undefined ? [] : [{ action: markerPut(change.marker, change, tableName) }],
    ),
    ...changes.flatMap(({ marks = [] }) =>
      marks.map((operation) => puts(operationItem(operation), atVersion(undefined))),
    ),
    ...mergedCells(changes).flatMap(({ whole, parts }) => [
      {
        action: whole.creates
          ? balancePut(whole, latestOf(parts), tableName)
          : balanceUpdate(whole, latestOf(parts), tableName),
        balanceOf: whole.cell,
      },
      ...parts
        .filter(({ cell }) => cell.movements.length > 0)
        .map(({ cell, change }) => puts(movementsItem(cell, change))),
    ]),
    ...changes.flatMap(({ sku }) =>
      sku === undefined ? [] : [puts(skuItem(sku.after), atVersion(sku.expectedVersion))],
    ),
  ];
}

const latestOf = (parts: readonly CellPart[]): Pick<Change, 'at'> => ({
  at: Math.max(...parts.map(({ change }) => change.at)),
});

const markerPut = (marker: Marker, change: Change, tableName: string): Action => ({
  Put: {
    TableName: tableName,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(marker.kind === 'operation'
      ? { Item: { ...operationItem(marker.operation) }, ...atVersion(undefined) }
      : {
          Item: { ...reservationItem(marker.after, change) },
          ...atVersion(marker.expectedVersion),
        }),
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

const balancePut = (
  { cell, available, adjustment }: CellChange,
  change: Pick<Change, 'at'>,
  tableName: string,
): Action => ({
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
      ...(adjustment === undefined ? {} : { lastAdjustment: adjustment }),
      updatedAt: toIso(change.at),
    },
    ...atVersion(undefined),
  },
});

/**
 * Sets what the change adds and removes, under the guards that it carries and no others: two holds do not exclude each other.
 * ADD is for top-level attributes only, so a slot is set with if_not_exists.
 */
function balanceUpdate(change: CellChange, { at }: Pick<Change, 'at'>, tableName: string): Action {
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
    sets.push(
      `${path} = if_not_exists(${path}, ${number('zero', 0)}) + ${number(`h${slot}`, units)}`,
    );
  }
  if (change.folds.length > 0)
    sets.push(`foldedThrough = ${number('folded', Math.max(...change.folds))}`);
  if (change.count !== undefined) {
    sets.push('lastCount = :count');
    values[':count'] = change.count;
  }
  if (change.adjustment !== undefined) {
    sets.push('lastAdjustment = :adjustment');
    values[':adjustment'] = change.adjustment;
  }
  if (change.conflicts !== undefined) {
    number('zero', 0);
    sets.push(
      `conflicts = if_not_exists(conflicts, :zero) + ${number('conflicts', change.conflicts)}`,
    );
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
  if (guard.folded !== undefined)
    conditions.push(`foldedThrough >= ${number('foldedMin', guard.folded)}`);
  if (guard.version !== undefined)
    conditions.push(`#version = ${number('version', guard.version)}`);
  if (guard.lastCountId === null) conditions.push('attribute_not_exists(lastCount)');
  else if (guard.lastCountId !== undefined) {
    conditions.push('lastCount.countId = :lastCountId');
    values[':lastCountId'] = guard.lastCountId;
  }
  if (guard.lastAdjustmentId === null) conditions.push('attribute_not_exists(lastAdjustment)');
  else if (guard.lastAdjustmentId !== undefined) {
    conditions.push('lastAdjustment.movementId = :lastAdjustmentId');
    values[':lastAdjustmentId'] = guard.lastAdjustmentId;
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
