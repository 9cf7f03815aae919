import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { toIso } from '../../shared/core/instant.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { CellChange, Change, IdempotencyRecord } from '../domain/ledger/change.ts';
import { type CellChangePart, mergeCellChanges } from '../domain/ledger/merge-changes.ts';
import {
  balanceKey,
  locationItem,
  movementsItem,
  operationItem,
  reservationItem,
  skuItem,
} from './book-items.ts';

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Index of the idempotency record among the actions and among the cancellation reasons. */
export const IDEMPOTENCY_RECORD_INDEX = 0;

/**
 * Returns one transaction for the changes: their idempotency records, one guarded write of each
 * balance, and an item with the movements of each change and cell.
 */
export const toTransaction = (changes: readonly Change[], tableName: string): Action[] =>
  cellActions(changes, tableName).map(({ action }) => action);

/**
 * Returns the cells whose balances are written by the actions that `isIncluded` selects by index.
 */
export const cellsOfActions = (
  changes: readonly Change[],
  tableName: string,
  isIncluded: (place: number) => boolean,
): CellKey[] =>
  cellActions(changes, tableName).flatMap(({ balanceOf }, place) =>
    balanceOf !== undefined && isIncluded(place) ? [balanceOf] : [],
  );

type CellAction = { readonly action: Action; readonly balanceOf?: CellKey };

function cellActions(changes: readonly Change[], tableName: string): CellAction[] {
  const puts = (Item: Item, condition: object = {}): CellAction => ({
    action: { Put: { TableName: tableName, Item: { ...Item }, ...condition } },
  });
  return [
    ...changes.flatMap((change) =>
      change.idempotencyRecord === undefined
        ? []
        : [{ action: idempotencyRecordPut(change.idempotencyRecord, change, tableName) }],
    ),
    ...changes.flatMap(({ entryRecords = [] }) =>
      entryRecords.map((operation) => puts(operationItem(operation), ifVersion(undefined))),
    ),
    ...mergeCellChanges(changes).flatMap(({ merged, parts }) => [
      {
        action: merged.isNew
          ? balancePut(merged, latestTimeOf(parts), tableName)
          : balanceUpdate(merged, latestTimeOf(parts), tableName),
        balanceOf: merged.cell,
      },
      ...parts
        .filter(({ cellChange }) => cellChange.movements.length > 0)
        .map(({ cellChange, change }) => puts(movementsItem(cellChange, change))),
    ]),
    ...changes.flatMap(({ stockItem }) =>
      stockItem === undefined
        ? []
        : [puts(skuItem(stockItem.after), ifVersion(stockItem.expectedVersion))],
    ),
    ...changes.flatMap(({ newLocation }) =>
      newLocation === undefined ? [] : [puts(locationItem(newLocation), ifVersion(undefined))],
    ),
  ];
}

const latestTimeOf = (parts: readonly CellChangePart[]): Pick<Change, 'at'> => ({
  at: Math.max(...parts.map(({ change }) => change.at)),
});

const idempotencyRecordPut = (
  record: IdempotencyRecord,
  change: Change,
  tableName: string,
): Action => ({
  Put: {
    TableName: tableName,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(record.kind === 'operation'
      ? { Item: { ...operationItem(record.operation) }, ...ifVersion(undefined) }
      : {
          Item: { ...reservationItem(record.after, change) },
          ...ifVersion(record.expectedVersion),
        }),
  },
});

/** Requires the version that was read, or that no item exists. */
const ifVersion = (expected: number | undefined) =>
  expected === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':expected': expected },
      };

const balancePut = (
  { cell, available, adjustment, floor = 0 }: CellChange,
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
      expiredThrough: 0,
      version: 1,
      ...(floor === 0 ? {} : { floor }),
      ...(adjustment === undefined ? {} : { lastAdjustment: adjustment }),
      updatedAt: toIso(change.at),
    },
    ...ifVersion(undefined),
  },
});

/**
 * Returns the update of a balance under the guards of the change only, so that two concurrent holds
 * do not conflict. DynamoDB's ADD takes top-level attributes only, so a bucket is set with
 * `if_not_exists`.
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
  const bucketPath = (bucket: string | number): string => {
    names['#held'] = 'held';
    names[`#s${bucket}`] = String(bucket);
    return `#held.#s${bucket}`;
  };

  for (const account of ['available', 'committed'] as const) {
    if (change[account] !== 0)
      sets.push(`${account} = ${account} + ${number(`${account}Added`, change[account])}`);
  }
  for (const [bucket, units] of Object.entries(change.held)) {
    const path = bucketPath(bucket);
    sets.push(
      `${path} = if_not_exists(${path}, ${number('zero', 0)}) + ${number(`h${bucket}`, units)}`,
    );
  }
  if (change.expiredBuckets.length > 0)
    sets.push(`expiredThrough = ${number('expiredThrough', Math.max(...change.expiredBuckets))}`);
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
  const removes = [
    ...change.expiredBuckets.map(bucketPath),
    ...(change.floor === 0 ? ['floor'] : []),
  ];
  if (change.floor) sets.push(`floor = ${number('floor', change.floor)}`);

  const { guard } = change;
  if (guard.availableMin)
    conditions.push(`available >= ${number('availableMin', guard.availableMin)}`);
  if (guard.committedMin)
    conditions.push(`committed >= ${number('committedMin', guard.committedMin)}`);
  for (const [bucket, units] of Object.entries(guard.heldMin ?? {})) {
    conditions.push(`${bucketPath(bucket)} >= ${number(`min${bucket}`, units)}`);
  }
  if (guard.expiredThroughBelow !== undefined)
    conditions.push(`expiredThrough < ${number('expiredThroughBelow', guard.expiredThroughBelow)}`);
  if (guard.expiredThroughMin !== undefined)
    conditions.push(`expiredThrough >= ${number('expiredThroughMin', guard.expiredThroughMin)}`);
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
  if (guard.floor === null) conditions.push('attribute_not_exists(floor)');
  else if (guard.floor !== undefined)
    conditions.push(`floor = ${number('floorRead', guard.floor)}`);

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
