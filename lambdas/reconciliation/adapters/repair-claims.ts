import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Key, Table } from '../../shared/dynamodb/table.ts';
import type { Finding } from '../domain/finding.ts';
import {
  isWithinCaps,
  type Repair,
  type RepairCaps,
  repairSubjectOf,
  sumUnits,
} from '../domain/repair.ts';
import type { Run } from '../domain/run.ts';
import { capUsageKey, claimKey, runTtlFrom } from './reconciliation-items.ts';

/** Codes of a counter at its cap, and of one that is not a number. Both need a person. */
const CAP_REJECTION_CODES: ReadonlySet<string> = new Set([
  'ConditionalCheckFailed',
  'ValidationError',
]);

/** Writes the claim of a repair and adds its units to the usage of the caps, in one transaction. */
export async function claimRepair(
  table: Table,
  run: Run,
  { findingId, revision }: Finding,
  repair: Repair,
  caps: RepairCaps,
): Promise<'claimed' | 'alreadyRepaired' | 'capsExhausted'> {
  if (!isWithinCaps(caps, repair)) return 'capsExhausted';
  const ttl = runTtlFrom(Date.parse(run.startedAt));
  const Item = { ...keyOfClaim(run, repair), type: 'claim', findingId, revision, ttl };
  try {
    await table.client.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName: table.name,
              Item,
              ConditionExpression: 'attribute_not_exists(pk)',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          ...capUsageUpdates(table.name, run, repair, { sign: 1, caps }),
        ],
      }),
    );
    return 'claimed';
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const [claim, ...capUsage] = error.CancellationReasons ?? [];
    if (claim?.Code === 'ConditionalCheckFailed') {
      const { findingId: holder, revision: claimedRevision } = claim.Item ?? {};
      const isOwn = holder?.S === findingId && claimedRevision?.N === String(revision);
      return isOwn ? 'claimed' : 'alreadyRepaired';
    }
    if (capUsage.some(({ Code }) => Code !== undefined && CAP_REJECTION_CODES.has(Code)))
      return 'capsExhausted';
    throw error;
  }
}

/** Deletes the finding's own claim and returns its units. Does nothing if it has none. */
export async function releaseClaim(
  table: Table,
  run: Run,
  { findingId, revision }: Finding,
  repair: Repair,
): Promise<void> {
  const released = {
    TableName: table.name,
    Key: keyOfClaim(run, repair),
    ConditionExpression: 'findingId = :findingId AND revision = :revision',
    ExpressionAttributeValues: { ':findingId': findingId, ':revision': revision },
  };
  try {
    await table.client.send(
      new TransactWriteCommand({
        TransactItems: [
          { Delete: released },
          ...capUsageUpdates(table.name, run, repair, { sign: -1 }),
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    // Another worker on the same page released it.
    if (error.CancellationReasons?.[0]?.Code !== 'ConditionalCheckFailed') throw error;
  }
}

const keyOfClaim = ({ reconciliationId }: Run, { command }: Repair): Key =>
  claimKey(reconciliationId, repairSubjectOf(command));

/** Returns the updates of the usage of the whole run and of each SKU, each below its cap. */
function capUsageUpdates(
  tableName: string,
  { reconciliationId: id, startedAt }: Run,
  { units }: Repair,
  { sign, caps }: { readonly sign: 1 | -1; readonly caps?: RepairCaps },
) {
  const add = (key: Key, count: number, max = Number.MAX_SAFE_INTEGER) => ({
    Update: {
      TableName: tableName,
      Key: key,
      UpdateExpression: 'SET #type = :type, #ttl = :ttl ADD units :units',
      ConditionExpression: 'attribute_not_exists(units) OR units <= :left',
      ExpressionAttributeNames: { '#type': 'type', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':type': 'capUsage',
        ':ttl': runTtlFrom(Date.parse(startedAt)),
        ':units': sign * count,
        ':left': max - count,
      },
    },
  });
  return [
    add(capUsageKey(id), sumUnits(units), caps?.unitsPerRunMax),
    ...units.map((of) => add(capUsageKey(id, of.sku), of.units, caps?.unitsPerSkuMax)),
  ];
}
