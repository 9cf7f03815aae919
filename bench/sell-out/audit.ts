import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { localClientConfig } from '../../local/dynamodb/dynamodb.ts';
import type { Call } from '../dynamodb-model/calls.ts';
import type { Outcome } from '../hot-sku/purchases.ts';
import type { Shop } from '../hot-sku/shop.ts';
import type { Observer, Spent } from './observed.ts';

export type Bought = {
  readonly id: string;
  readonly quantity: number;
  readonly outcome: Outcome;
  /** How often he came: once more than he was told to come again. */
  readonly visits: number;
  /** When he had his answer, by the machine's clock. */
  readonly endedAt: number;
};

export type Audit = {
  readonly sales: number;
  readonly unitsSold: number;
  readonly refused: number;
  /** Answers that told a buyer to come again. */
  readonly shed: number;
  /** Units that were promised and were not there. */
  readonly oversold: number;
  /** Buyers who were refused while the books had what they wanted. */
  readonly falselyRefused: number;
  /** Units that are left over though somebody who wanted no more was refused. */
  readonly stranded: number;
  /** Records that do not say what the buyers were told, in words. */
  readonly violations: readonly string[];
  readonly readUnitsPerSale: number;
  /** Write units of all buyers, the refused ones too, by sale. */
  readonly perSale: Cost;
  /** Write units of the buyers who hold, by the quantity that each wanted. */
  readonly byQuantity: Readonly<
    Record<string, Cost & { readonly sales: number; readonly attempts: number }>
  >;
};

/** What went through, and what was cancelled on the way, if AWS bills that whole; of both, the part that is of cells. */
export type Cost = { readonly written: Spent; readonly cancelled: Spent };

type Books = { readonly available: readonly number[]; readonly held: ReadonlyMap<string, number> };
type Audited = {
  readonly endpoint: string;
  readonly shop: Shop;
  readonly design: 'stockbook' | 'every shard';
  readonly units: number;
  readonly bought: readonly Bought[];
  readonly observer: Observer;
  readonly calls: readonly Call[];
};

/** What the tables say after the run, against what the buyers were told. Nothing was released, so units only became fewer. */
export async function auditOf({
  endpoint,
  shop,
  design,
  units,
  bought,
  observer,
  calls,
}: Audited): Promise<Audit> {
  const books = await booksOf(endpoint, shop.tableName, design);
  const sold = bought.filter(({ outcome }) => outcome === 'held');
  const refused = bought.filter(({ outcome }) => outcome === 'soldOut');
  const unitsSold = sumOf(sold, ({ quantity }) => quantity);
  const left = sumOf(books.available, (available) => available);
  const quantities = [...new Set(bought.map(({ quantity }) => quantity))].sort((a, b) => a - b);
  return {
    sales: sold.length,
    unitsSold,
    refused: refused.length,
    shed: sumOf(bought, ({ visits }) => visits - 1),
    oversold: Math.max(0, unitsSold - units) + sumOf(books.available, (one) => Math.max(0, -one)),
    falselyRefused: refused.filter(
      (one) => one.quantity <= leftAt(one.endedAt, units, sold, observer),
    ).length,
    stranded: refused.some(({ quantity }) => quantity <= left) ? left : 0,
    violations: violationsIn(books, bought, units),
    readUnitsPerSale: sumOf(calls, ({ readUnits }) => readUnits) / Math.max(sold.length, 1),
    perSale: costOf(bought, sold.length, observer),
    byQuantity: Object.fromEntries(
      quantities.map((quantity) => {
        const ofThem = sold.filter((one) => one.quantity === quantity);
        const attempts =
          sumOf(ofThem, ({ id }) => observer.of(id).attempts) / Math.max(ofThem.length, 1);
        return [
          quantity,
          { sales: ofThem.length, attempts, ...costOf(ofThem, ofThem.length, observer) },
        ];
      }),
    ),
  };
}

function costOf(buyers: readonly Bought[], sales: number, observer: Observer): Cost {
  const mean = (kind: keyof Cost): Spent => ({
    units: sumOf(buyers, ({ id }) => observer.of(id)[kind].units) / Math.max(sales, 1),
    ofCells: sumOf(buyers, ({ id }) => observer.of(id)[kind].ofCells) / Math.max(sales, 1),
  });
  return { written: mean('written'), cancelled: mean('cancelled') };
}

/** At least so many units were free then: all are counted as gone whose transaction had come in. */
const leftAt = (at: number, units: number, sold: readonly Bought[], observer: Observer): number =>
  units -
  sumOf(sold, ({ id, quantity }) => {
    const { heldAt } = observer.of(id);
    return heldAt === undefined || heldAt <= at ? quantity : 0;
  });

function violationsIn(
  { available, held }: Books,
  bought: readonly Bought[],
  units: number,
): string[] {
  const total = sumOf(available, (one) => one) + sumOf([...held.values()], (one) => one);
  return [
    ...(total === units ? [] : [`the books have ${total} units of ${units}`]),
    ...bought.flatMap(({ id, quantity, outcome }) => {
      const recorded = held.get(id);
      const told = outcome === 'held' ? quantity : undefined;
      return recorded === told
        ? []
        : [`${id} was told ${told ?? 'nothing'}, his record has ${recorded ?? 'nothing'}`];
    }),
  ];
}

async function booksOf(
  endpoint: string,
  TableName: string,
  design: Audited['design'],
): Promise<Books> {
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
