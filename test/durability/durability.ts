import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAwsServer } from '../../local/api/aws-server.ts';
import { listen } from '../../local/api/http-server.ts';
import { createIssuers, ISSUER_SERVER, issuerContext } from '../../local/api/token-issuer.ts';
import { assemblyOf } from '../../local/cloud-assembly/assembly-cache.ts';
import { readCloudAssembly } from '../../local/cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from '../../local/cloud-assembly/resource-names.ts';
import { loadResources } from '../../local/cloud-assembly/resources.ts';
import { createTable, startDynamoDbLocal } from '../../local/dynamodb/dynamodb.ts';
import { SeededRandom } from '../simulator/random.ts';
import { checkReads, checkTable, STAFF_USER, UNITS_PER_SKU } from './checks.ts';
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

const CLIENTS = 64;
const WORKERS = 3;
const TRANSFER_RATE = 0.7;
/** Maximum transactions of a quick run. A longer run keeps DynamoDB Local busy for minutes. */
const QUICK_TRANSACTIONS_MAX = 5_000;

/**
 * Makes random transfers between eight SKUs through the API of several processes on one DynamoDB
 * Local, while processes are killed and a reader sums all balances. In the end, the table must have
 * each acknowledged change once, and no other change. Modelled on the bank test of Jepsen.
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
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-durability-'));
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
  const assembly = await assemblyOf({
    app: 'bin/app.ts',
    context: issuerContext(ISSUER_SERVER),
  });
  const table = await createBookTable(assembly, dynamodb.endpoint);
  const workers = new WorkerPool([assembly, dynamodb.endpoint, aws.url, folder]);
  cleanup.defer(async () => workers.stop());
  await workers.start(processes);

  const random = new SeededRandom(seed, 'bank');
  const client = new RetryingClient(workers, await issuers.tokenFor('staff', STAFF_USER));
  const log = new OperationLog();
  const violations: string[] = [];
  for (const sku of SKUS)
    await client.request(`POST /stock/${sku}/receipts`, random, {
      key: `open-${sku}`,
      body: { quantity: UNITS_PER_SKU, createSku: true },
    });

  let [next, done, killed, reads] = [0, 0, 0, 0];
  const isFinished = (): boolean => done >= transactions || signal?.aborted === true;
  const runClient = async (): Promise<void> => {
    while (next < transactions && signal?.aborted !== true) {
      next += 1;
      const own = random.fork('transaction', next);
      await (own.nextBoolean(TRANSFER_RATE)
        ? transferUnits(client, log, next, own)
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
      violations.push(...(await checkReads(client, log, own)));
      reads += 1;
    }
  };
  await Promise.all([
    ...Array.from({ length: clients }, runClient),
    killWorkers(),
    readRepeatedly(),
  ]);

  violations.push(...(await checkTable(dynamodb.endpoint, table, log)));
  const sorted = client.milliseconds.toSorted((one, other) => one - other);
  const percentile = (share: number): number =>
    Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return {
    transactions: done,
    kills: killed,
    acknowledged: log.acknowledged.size,
    rejected: log.rejected.size,
    retries: client.retries,
    reads,
    violations,
    p50ms: percentile(0.5),
    p99ms: percentile(0.99),
  };
}

/** Creates the inventory's table. Returns its name. */
async function createBookTable(assembly: string, endpoint: string): Promise<string> {
  const stacks = readCloudAssembly(assembly);
  const resources = loadResources(stacks, createResourceNames(stacks, { api: '', sqs: '' }));
  const tables = [
    ...resources.ofType('AWS::DynamoDB::Table'),
    ...resources.ofType('AWS::DynamoDB::GlobalTable'),
  ];
  const book = tables.find(({ name }) => name.includes('-inventory-Book'));
  if (book === undefined) throw new Error('The templates have no table for the inventory.');
  await createTable(endpoint, book.name, book.properties);
  return book.name;
}
