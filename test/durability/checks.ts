import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { deriveId } from '../../lambdas/shared/core/fingerprint.ts';
import { localClientConfig } from '../../local/dynamodb/dynamodb.ts';
import { checkCells } from '../simulator/checks/cell-checker.ts';
import { toInventoryState } from '../simulator/checks/invariants.ts';
import type { SeededRandom } from '../simulator/random.ts';
import { type RetryingClient, SKUS } from './clients.ts';
import type { OperationLog } from './operation-log.ts';

export const STAFF_USER = 'staff';
/** Units of each SKU before the first transaction. */
export const UNITS_PER_SKU = 200;
/**
 * Number of scan segments. A page of a large segment is slow in DynamoDB Local: a scan of 100 000
 * items takes 23 s in one segment, 2 s in 200.
 */
const SEGMENTS = 200;

type StockView = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

/**
 * Reads all SKUs once. Returns a violation for each inconsistent SKU, and one if their total
 * differs from all units by more than those in transit.
 */
export async function checkReads(
  client: RetryingClient,
  log: OperationLog,
  random: SeededRandom,
): Promise<string[]> {
  const unitsInTransit = log.watchInTransit();
  const stocks = await Promise.all(
    SKUS.map(async (sku) => ({
      sku,
      ...((await client.request(`GET /stock/${sku}`, random)).body as unknown as StockView),
    })),
  );
  const margin = unitsInTransit();
  const all = UNITS_PER_SKU * SKUS.length;
  const total = stocks.reduce((sum, { onHand }) => sum + onHand, 0);
  return [
    ...stocks
      .filter(
        ({ onHand, available, held, committed }) =>
          onHand !== available + held + committed || Math.min(available, held, committed) < 0,
      )
      .map((stock) => `inconsistent read: ${JSON.stringify(stock)}`),
    ...(Math.abs(total - all) > margin
      ? [`read ${total} of ${all} units, with ${margin} in transit`]
      : []),
  ];
}

/**
 * Returns the violations of the final table. It must have correct balances, each acknowledged
 * change once, no rejected change, and no hold.
 */
export async function checkTable(
  endpoint: string,
  TableName: string,
  log: OperationLog,
): Promise<string[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClientConfig(endpoint)));
  const items: Record<string, unknown>[] = [];
  for (let Segment = 0; Segment < SEGMENTS; Segment += 1)
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName, ConsistentRead: true, Segment, TotalSegments: SEGMENTS },
    ))
      items.push(...Items);
  client.destroy();
  const { cells, cellOperations, reservations } = toInventoryState(items);
  const operationOf = (key: string): string =>
    deriveId(STAFF_USER, 'POST /stock/{sku}/adjustments', key);
  const countById = new Map<string, number>();
  for (const operation of cellOperations) {
    const id = operation.split(' ').slice(1).join(' ');
    countById.set(id, (countById.get(id) ?? 0) + 1);
  }
  const adjusted = cells
    .flatMap(({ movements }) => movements)
    .filter(({ kind }) => kind === 'ADJUSTED').length;
  return [
    ...checkCells({ cells, reservations: [...reservations.values()] }),
    ...[...log.acknowledged.keys()]
      .filter((key) => countById.get(operationOf(key)) !== 1)
      .map(
        (key) =>
          `${key} was acknowledged, but the table has it ${countById.get(operationOf(key)) ?? 0} times`,
      ),
    ...[...log.rejected]
      .filter((key) => countById.has(operationOf(key)))
      .map((key) => `${key} was rejected, but the table has it`),
    ...(adjusted === log.acknowledged.size
      ? []
      : [`the table has ${adjusted} adjustments, but ${log.acknowledged.size} were acknowledged`]),
    ...cells.flatMap(({ cell: { sku, available, held, committed } }) => {
      const wanted = UNITS_PER_SKU + log.deltaOf(sku);
      const isHeld = Object.values(held).some((units) => units !== 0) || committed !== 0;
      return available === wanted && !isHeld
        ? []
        : [
            `${sku} has ${available} available and ${JSON.stringify(held)} held, not ${wanted} available`,
          ];
    }),
  ];
}
