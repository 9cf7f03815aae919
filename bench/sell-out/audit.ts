import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { localClientConfig } from '../../local/dynamodb/dynamodb.ts';
import type { RecordedCall } from '../dynamodb-model/call-log.ts';
import type { Outcome } from '../hot-sku/purchase.ts';
import type { Shop } from '../hot-sku/shop.ts';
import type { PurchaseLog, WriteUnits } from './purchase-log.ts';

export type BuyerResult = {
  readonly id: string;
  readonly quantity: number;
  readonly outcome: Outcome;
  /** Number of visits: one more than the number of 503 responses. */
  readonly visits: number;
  /** Time of the final response, by the machine's clock. */
  readonly endedAt: number;
};

export type SellOutAudit = {
  readonly sales: number;
  readonly unitsSold: number;
  readonly rejected: number;
  /** Number of 503 responses. */
  readonly shed: number;
  /** Units that were promised and did not exist. */
  readonly oversold: number;
  /** Buyers who were rejected while the books had the quantity. */
  readonly falselyRejected: number;
  /** Units that are left although a buyer of at most that quantity was rejected. */
  readonly stranded: number;
  /** Records that disagree with the responses to the buyers, as text. */
  readonly violations: readonly string[];
  readonly readUnitsPerSale: number;
  /** Write units of all buyers, including rejected ones, by sale. */
  readonly perSale: WriteCost;
  /** Write units of the buyers who hold units, by quantity. */
  readonly byQuantity: Readonly<
    Record<string, WriteCost & { readonly sales: number; readonly attempts: number }>
  >;
};

/**
 * Units of successful transactions, and of cancelled ones, if AWS bills those in full; for both,
 * the part that belongs to cells.
 */
export type WriteCost = { readonly written: WriteUnits; readonly cancelled: WriteUnits };

type StoredStock = {
  readonly available: readonly number[];
  readonly held: ReadonlyMap<string, number>;
};
type AuditInput = {
  readonly endpoint: string;
  readonly shop: Shop;
  readonly design: 'stockbook' | 'every shard';
  readonly units: number;
  readonly buyers: readonly BuyerResult[];
  readonly purchaseLog: PurchaseLog;
  readonly calls: readonly RecordedCall[];
};

/**
 * Compares the tables after the run with the responses to the buyers. Nothing was released, so
 * units only decreased.
 */
export async function auditSellOut({
  endpoint,
  shop,
  design,
  units,
  buyers,
  purchaseLog,
  calls,
}: AuditInput): Promise<SellOutAudit> {
  const books = await readStoredStock(endpoint, shop.tableName, design);
  const sold = buyers.filter(({ outcome }) => outcome === 'held');
  const rejected = buyers.filter(({ outcome }) => outcome === 'soldOut');
  const unitsSold = sumOf(sold, ({ quantity }) => quantity);
  const left = sumOf(books.available, (available) => available);
  const quantities = [...new Set(buyers.map(({ quantity }) => quantity))].sort((a, b) => a - b);
  return {
    sales: sold.length,
    unitsSold,
    rejected: rejected.length,
    shed: sumOf(buyers, ({ visits }) => visits - 1),
    oversold: Math.max(0, unitsSold - units) + sumOf(books.available, (one) => Math.max(0, -one)),
    falselyRejected: rejected.filter(
      (one) => one.quantity <= unitsLeftAt(one.endedAt, units, sold, purchaseLog),
    ).length,
    stranded: rejected.some(({ quantity }) => quantity <= left) ? left : 0,
    violations: findViolations(books, buyers, units),
    readUnitsPerSale: sumOf(calls, ({ readUnits }) => readUnits) / Math.max(sold.length, 1),
    perSale: writeCostOf(buyers, sold.length, purchaseLog),
    byQuantity: Object.fromEntries(
      quantities.map((quantity) => {
        const ofThem = sold.filter((one) => one.quantity === quantity);
        const attempts =
          sumOf(ofThem, ({ id }) => purchaseLog.usageOf(id).attempts) / Math.max(ofThem.length, 1);
        return [
          quantity,
          { sales: ofThem.length, attempts, ...writeCostOf(ofThem, ofThem.length, purchaseLog) },
        ];
      }),
    ),
  };
}

function writeCostOf(
  buyers: readonly BuyerResult[],
  sales: number,
  observer: PurchaseLog,
): WriteCost {
  const mean = (kind: keyof WriteCost): WriteUnits => ({
    units: sumOf(buyers, ({ id }) => observer.usageOf(id)[kind].units) / Math.max(sales, 1),
    cellUnits: sumOf(buyers, ({ id }) => observer.usageOf(id)[kind].cellUnits) / Math.max(sales, 1),
  });
  return { written: mean('written'), cancelled: mean('cancelled') };
}

/**
 * Returns the minimum number of free units at a time: all units whose transaction had arrived count
 * as gone.
 */
const unitsLeftAt = (
  at: number,
  units: number,
  sold: readonly BuyerResult[],
  observer: PurchaseLog,
): number =>
  units -
  sumOf(sold, ({ id, quantity }) => {
    const { heldAt } = observer.usageOf(id);
    return heldAt === undefined || heldAt <= at ? quantity : 0;
  });

function findViolations(
  { available, held }: StoredStock,
  bought: readonly BuyerResult[],
  units: number,
): string[] {
  const total = sumOf(available, (one) => one) + sumOf([...held.values()], (one) => one);
  return [
    ...(total === units ? [] : [`the books have ${total} units of ${units}`]),
    ...bought.flatMap(({ id, quantity, outcome }) => {
      const recorded = held.get(id);
      const responded = outcome === 'held' ? quantity : undefined;
      return recorded === responded
        ? []
        : [
            `the response to ${id} has ${responded ?? 'no'} units, its record ${recorded ?? 'no'} units`,
          ];
    }),
  ];
}

async function readStoredStock(
  endpoint: string,
  TableName: string,
  design: AuditInput['design'],
): Promise<StoredStock> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClientConfig(endpoint)));
  const available: number[] = [];
  const held = new Map<string, number>();
  try {
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName, ConsistentRead: true },
    )) {
      for (const item of Items) {
        const pk = String(item.pk);
        if (item.sk === (design === 'stockbook' ? 'BALANCE' : 'ROW'))
          available.push(Number(item.available));
        if (pk.startsWith('ORDER#')) held.set(pk.slice('ORDER#'.length), Number(item.quantity));
        if (item.type === 'reservation')
          held.set(
            String(item.reservationId),
            sumOf(
              item.lines as readonly { readonly quantity: number }[],
              ({ quantity }) => quantity,
            ),
          );
      }
    }
  } finally {
    client.destroy();
  }
  return { available, held };
}

const sumOf = <One>(all: readonly One[], of: (one: One) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);
