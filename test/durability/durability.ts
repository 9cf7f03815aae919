import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { deriveId } from '../../lambdas/shared/core/fingerprint.ts';
import { createAwsServer } from '../../local/api/aws-server.ts';
import { listen } from '../../local/api/http-server.ts';
import { createIssuers } from '../../local/api/token-issuer.ts';
import { readCloudAssembly } from '../../local/cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from '../../local/cloud-assembly/resource-names.ts';
import { loadResources } from '../../local/cloud-assembly/resources.ts';
import { synthesize } from '../../local/cloud-assembly/synthesize.ts';
import {
  createTable,
  localClientConfig,
  startDynamoDbLocal,
} from '../../local/dynamodb/dynamodb.ts';
import { checkCells } from '../simulator/checks/cell-checker.ts';
import { toInventoryState } from '../simulator/checks/invariants.ts';
import { SeededRandom } from '../simulator/random.ts';
import { holdUnits, RetryingClient, SKUS, transferUnits } from './clients.ts';
import { OperationLog } from './operation-log.ts';
import { WorkerPool } from './worker-pool.ts';

export type DurabilityOptions = {
  readonly transactions: number;
  readonly kills: number;
  readonly seed: number;
  readonly clients?: number;
  readonly workers?: number;
  readonly onProgress?: () => void;
  readonly signal?: AbortSignal;
};
export type DurabilityReport = {
  readonly transactions: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly retries: number;
  readonly reads: number;
  readonly violations: readonly string[];
  readonly p50ms: number;
  readonly p99ms: number;
};

const UNITS = 200;
const CLIENTS = 64;
const WORKERS = 3;
const TRANSFER_RATE = 0.7;
/**
 * Number of scan segments. DynamoDB Local's time for a page grows with its segment: a scan of 100
 * 000 items takes 23 s in one segment, 2 s in 200.
 */
const SEGMENTS = 200;
const STAFF_USER = 'staff';
/** Maximum number of transactions of a quick run: more keep DynamoDB Local busy for minutes. */
const QUICK_TRANSACTIONS_MAX = 5_000;

/**
 * Makes random transfers between eight SKUs through the API of several processes on one DynamoDB
 * Local, while a reader sums all balances continuously and processes are killed. At the end the
 * table has each acknowledged change once, and nothing else.
 */
export async function runDurabilityTest(options: DurabilityOptions): Promise<DurabilityReport> {
  await using cleanup = new AsyncDisposableStack();
  const {
    transactions,
    kills,
    seed,
    clients = CLIENTS,
    workers: processes = WORKERS,
    onProgress,
    signal,
  } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-bank-'));
  cleanup.defer(async () => rmSync(folder, { recursive: true, force: true }));
  let awsUrl = '';
  const issuers = await createIssuers(() => awsUrl);
  const aws = await listen(createAwsServer(issuers).fetch as Parameters<typeof listen>[0], 0);
  cleanup.defer(aws.stop);
  awsUrl = aws.url;
  const dynamodb = await startDynamoDbLocal({
    busyFor: transactions > QUICK_TRANSACTIONS_MAX ? 'minutes' : 'seconds',
  });
  cleanup.defer(dynamodb.stop);
  const assembly = path.join(folder, 'cdk.out');
  await synthesize({ app: 'bin/app.ts', outDir: assembly, context: issuers.context() });
  const table = await createTables(assembly, dynamodb.endpoint);
  const workers = new WorkerPool([assembly, dynamodb.endpoint, aws.url]);
  cleanup.defer(async () => workers.stop());
  await workers.start(processes);

  const random = new SeededRandom(seed, 'bank');
  const client = new RetryingClient(workers, await issuers.tokenFor('staff', STAFF_USER));
  const ledger = new OperationLog();
  const violations: string[] = [];
  for (const sku of SKUS)
    await client.request(`POST /stock/${sku}/receipts`, random, {
      key: `open-${sku}`,
      body: { quantity: UNITS, createSku: true },
    });

  let [next, done, killed, reads] = [0, 0, 0, 0];
  const isFinished = (): boolean => done >= transactions || signal?.aborted === true;
  const runClient = async (): Promise<void> => {
    while (next < transactions && signal?.aborted !== true) {
      next += 1;
      const own = random.fork('transaction', next);
      await (own.nextBoolean(TRANSFER_RATE)
        ? transferUnits(client, ledger, next, own)
        : holdUnits(client, next, own));
      done += 1;
      onProgress?.();
    }
  };
  const killWorkers = async (): Promise<void> => {
    const own = random.fork('killer');
    while (!isFinished()) {
      if (killed < kills && done >= ((killed + 0.5) * transactions) / kills) {
        killed += 1;
        await workers.killAndReplace(own);
      } else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const readRepeatedly = async (): Promise<void> => {
    const own = random.fork('reader');
    while (!isFinished()) {
      violations.push(...(await checkReads(client, ledger, own)));
      reads += 1;
    }
  };
  await Promise.all([
    ...Array.from({ length: clients }, runClient),
    killWorkers(),
    readRepeatedly(),
  ]);

  violations.push(...(await checkTable(dynamodb.endpoint, table, ledger)));
  const sorted = client.milliseconds.toSorted((one, other) => one - other);
  const percentile = (share: number): number =>
    Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return {
    transactions: done,
    kills: killed,
    acknowledged: ledger.acknowledged.size,
    rejected: ledger.rejected.size,
    retries: client.retries,
    reads,
    violations,
    p50ms: percentile(0.5),
    p99ms: percentile(0.99),
  };
}

async function createTables(assembly: string, endpoint: string): Promise<string> {
  const stacks = readCloudAssembly(assembly);
  const resources = loadResources(stacks, createResourceNames(stacks, { api: '', sqs: '' }));
  const tables = [
    ...resources.ofType('AWS::DynamoDB::Table'),
    ...resources.ofType('AWS::DynamoDB::GlobalTable'),
  ];
  const book = tables.find(({ name }) => name.includes('-inventory-Book'));
  if (book === undefined) throw new Error('the templates have no table for the book');
  await createTable(endpoint, book.name, book.properties);
  return book.name;
}

type StockView = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

/**
 * Reads all SKUs once: each is consistent, and together they have all units except those in
 * transit.
 */
async function checkReads(
  client: RetryingClient,
  ledger: OperationLog,
  random: SeededRandom,
): Promise<string[]> {
  const underWay = ledger.watchInTransit();
  const stocks = await Promise.all(
    SKUS.map(async (sku) => ({
      sku,
      ...((await client.request(`GET /stock/${sku}`, random)).body as unknown as StockView),
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

/**
 * Checks the table at the end: correct books, each acknowledged change once, no rejected one, and
 * no hold left.
 */
async function checkTable(
  endpoint: string,
  TableName: string,
  ledger: OperationLog,
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
  const times = new Map<string, number>();
  for (const operation of cellOperations) {
    const id = operation.split(' ').slice(1).join(' ');
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const adjusted = cells
    .flatMap(({ movements }) => movements)
    .filter(({ kind }) => kind === 'ADJUSTED').length;
  return [
    ...checkCells({ cells, reservations: [...reservations.values()] }),
    ...[...ledger.acknowledged.keys()]
      .filter((key) => times.get(operationOf(key)) !== 1)
      .map(
        (key) =>
          `${key} was acknowledged, and is in the book ${times.get(operationOf(key)) ?? 0} times`,
      ),
    ...[...ledger.rejected]
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
