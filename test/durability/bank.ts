import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { idFrom } from '../../lambdas/shared/core/fingerprint.ts';
import { createAwsServer } from '../../local/api/aws-server.ts';
import { listen } from '../../local/api/http-server.ts';
import { createIssuers } from '../../local/api/issuer.ts';
import { readCloudAssembly } from '../../local/cloud-assembly/cloud-assembly.ts';
import { physicalNames } from '../../local/cloud-assembly/physical-names.ts';
import { loadResources } from '../../local/cloud-assembly/resources.ts';
import { synthesize } from '../../local/cloud-assembly/synthesize.ts';
import {
  createTable,
  localClientConfig,
  startDynamoDbLocal,
} from '../../local/dynamodb/dynamodb.ts';
import { Stops } from '../../local/stops.ts';
import { Chance } from '../simulator/chance.ts';
import { disagreements } from '../simulator/checks/books.ts';
import { inventoryBooksOf } from '../simulator/checks/invariants.ts';
import { BankClient, hold, SKUS, transfer } from './clients.ts';
import { Ledger } from './ledger.ts';
import { Workers } from './workers.ts';

export type BankOptions = {
  readonly transactions: number;
  readonly kills: number;
  readonly seed: number;
  readonly clients?: number;
  readonly workers?: number;
  readonly told?: () => void;
  readonly signal?: AbortSignal;
};
export type BankReport = {
  readonly transactions: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly retries: number;
  readonly reads: number;
  readonly violations: readonly string[];
  readonly p50ms: number;
  readonly p99ms: number;
};

const UNITS = 200;
const CLIENTS = 64;
const WORKERS = 3;
const TRANSFERS = 0.7;
/** A page costs DynamoDB Local as much as its segment is large: a scan of 100 000 items 23 s in one, 2 s in 200. */
const SEGMENTS = 200;
const TELLER = 'staff';
/** With more of them DynamoDB Local is busy for minutes. */
const TRANSACTIONS_OF_SECONDS_MAX = 5_000;

/**
 * Random transfers between eight skus through the API of several processes on one DynamoDB Local, while a reader sums up all the time
 * and processes are killed. At the end the table has what was acknowledged, once, and nothing else.
 */
export async function bank(options: BankOptions): Promise<BankReport> {
  const stops = new Stops();
  try {
    return await open(options, stops);
  } finally {
    await stops.run();
  }
}

async function open(options: BankOptions, stops: Stops): Promise<BankReport> {
  const {
    transactions,
    kills,
    seed,
    clients = CLIENTS,
    workers: processes = WORKERS,
    told,
    signal,
  } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-bank-'));
  stops.add(async () => rmSync(folder, { recursive: true, force: true }));
  let awsUrl = '';
  const issuers = await createIssuers(() => awsUrl);
  const aws = await listen(createAwsServer(issuers).fetch as Parameters<typeof listen>[0], 0);
  stops.add(aws.stop);
  awsUrl = aws.url;
  const dynamodb = await startDynamoDbLocal({
    busyFor: transactions > TRANSACTIONS_OF_SECONDS_MAX ? 'minutes' : 'seconds',
  });
  stops.add(dynamodb.stop);
  const assembly = path.join(folder, 'cdk.out');
  await synthesize({ app: 'bin/app.ts', outDir: assembly, context: issuers.context() });
  const table = await createTables(assembly, dynamodb.endpoint);
  const workers = new Workers([assembly, dynamodb.endpoint, aws.url]);
  stops.add(async () => workers.stop());
  await workers.start(processes);

  const chance = new Chance(seed, 'bank');
  const client = new BankClient(workers, await issuers.tokenFor('staff', TELLER));
  const ledger = new Ledger();
  const violations: string[] = [];
  for (const sku of SKUS)
    await client.ask(`POST /stock/${sku}/receipts`, chance, {
      key: `open-${sku}`,
      body: { quantity: UNITS, createSku: true },
    });

  let [next, done, killed, reads] = [0, 0, 0, 0];
  const isOver = (): boolean => done >= transactions || signal?.aborted === true;
  const serve = async (): Promise<void> => {
    while (next < transactions && signal?.aborted !== true) {
      next += 1;
      const own = chance.of('transaction', next);
      await (own.happens(TRANSFERS)
        ? transfer(client, ledger, next, own)
        : hold(client, next, own));
      done += 1;
      told?.();
    }
  };
  const kill = async (): Promise<void> => {
    const own = chance.of('killer');
    while (!isOver()) {
      if (killed < kills && done >= ((killed + 0.5) * transactions) / kills) {
        killed += 1;
        await workers.kill(own);
      } else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const read = async (): Promise<void> => {
    const own = chance.of('reader');
    while (!isOver()) {
      violations.push(...(await wrongIn(client, ledger, own)));
      reads += 1;
    }
  };
  await Promise.all([...Array.from({ length: clients }, serve), kill(), read()]);

  violations.push(...(await wrongInTable(dynamodb.endpoint, table, ledger)));
  const sorted = client.milliseconds.toSorted((one, other) => one - other);
  const percentile = (share: number): number =>
    Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return {
    transactions: done,
    kills: killed,
    acknowledged: ledger.acknowledged.size,
    refused: ledger.refused.size,
    retries: client.retries,
    reads,
    violations,
    p50ms: percentile(0.5),
    p99ms: percentile(0.99),
  };
}

async function createTables(assembly: string, endpoint: string): Promise<string> {
  const stacks = readCloudAssembly(assembly);
  const resources = loadResources(stacks, physicalNames(stacks, { api: '', sqs: '' }));
  const tables = [
    ...resources.of('AWS::DynamoDB::Table'),
    ...resources.of('AWS::DynamoDB::GlobalTable'),
  ];
  const book = tables.find(({ name }) => name.includes('-inventory-Book'));
  if (book === undefined) throw new Error('the templates have no table for the book');
  await createTable(endpoint, book.name, book.properties);
  return book.name;
}

type Stock = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

/** One reading of all skus: each adds up, and all of them have what there is, but for what is on its way meanwhile. */
async function wrongIn(client: BankClient, ledger: Ledger, chance: Chance): Promise<string[]> {
  const underWay = ledger.watch();
  const stocks = await Promise.all(
    SKUS.map(async (sku) => ({
      sku,
      ...((await client.ask(`GET /stock/${sku}`, chance)).body as unknown as Stock),
    })),
  );
  const margin = underWay();
  const all = UNITS * SKUS.length;
  const total = stocks.reduce((sum, { onHand }) => sum + onHand, 0);
  return [
    ...stocks
      .filter(
        ({ onHand, available, held, committed }) =>
          onHand !== available + held + committed || Math.min(available, held, committed) < 0,
      )
      .map((stock) => `read ${JSON.stringify(stock)}`),
    ...(Math.abs(total - all) > margin
      ? [`read ${total} units of ${all}, with ${margin} under way`]
      : []),
  ];
}

/** What lies in the table in the end: sound books, each acknowledged change once, no refused one, and everything let go. */
async function wrongInTable(
  endpoint: string,
  TableName: string,
  ledger: Ledger,
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
  const { cells, operations, reservations } = inventoryBooksOf(items);
  const operationOf = (key: string): string => idFrom(TELLER, 'POST /stock/{sku}/adjustments', key);
  const times = new Map<string, number>();
  for (const operation of operations) {
    const id = operation.split(' ').slice(1).join(' ');
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const adjusted = cells
    .flatMap(({ movements }) => movements)
    .filter(({ kind }) => kind === 'ADJUSTED').length;
  return [
    ...disagreements({ cells, reservations: [...reservations.values()] }),
    ...[...ledger.acknowledged.keys()]
      .filter((key) => times.get(operationOf(key)) !== 1)
      .map(
        (key) =>
          `${key} was acknowledged, and is in the book ${times.get(operationOf(key)) ?? 0} times`,
      ),
    ...[...ledger.refused]
      .filter((key) => times.has(operationOf(key)))
      .map((key) => `${key} was refused, and is in the book`),
    ...(adjusted === ledger.acknowledged.size
      ? []
      : [`${adjusted} adjustments, ${ledger.acknowledged.size} acknowledged`]),
    ...cells.flatMap(({ cell: { sku, available, held, committed } }) => {
      const wanted = UNITS + ledger.deltaOf(sku);
      const isHeld = Object.values(held).some((units) => units !== 0) || committed !== 0;
      return available === wanted && !isHeld
        ? []
        : [
            `${sku} has ${available} available, held ${JSON.stringify(held)}; the clients say ${wanted}`,
          ];
    }),
  ];
}
