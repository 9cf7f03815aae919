import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { localClientConfig } from '../../local/dynamodb/dynamodb.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import type { RecordedCall } from '../dynamodb-model/call-log.ts';
import { type CallRecorder, startCallRecorder } from '../dynamodb-model/proxy/call-recorder.ts';
import { readSettings, type Settings } from './settings.ts';
import { type TableCall, type Usage, UsageCounter } from './usage.ts';

type Key = { readonly pk: string; readonly sk: string };

/**
 * Time without activity after which the runtime counts as idle. Streams are polled every 100 ms
 * after an invocation.
 */
const QUIET_MILLISECONDS = 1_000;
const POLL_MILLISECONDS = 50;
const WAIT_SECONDS_MAX = 60;

/** A local runtime with counters for everything that AWS would bill. */
export type OrderCostEnvironment = {
  readonly runtime: Runtime;
  readonly settings: Settings;
  /** Returns the usage since the last call, immediately or when the runtime is idle. */
  readonly takeUsage: () => Usage;
  readonly takeUsageWhenIdle: () => Promise<Usage>;
  /** Takes the look at stock levels that is due, and waits until it has ended. Not counted. */
  readonly lookAtLevels: () => Promise<void>;
  /** Waits until a record has a status. These reads are not counted. */
  readonly waitForStatus: (table: string, key: Key, status: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function createOrderCostEnvironment(
  context: Readonly<Record<string, string>> = {},
): Promise<OrderCostEnvironment> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-order-cost-'));
  const counter = new UsageCounter();
  let recorder: CallRecorder | undefined;
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    const runtime = await startRuntime({
      port: 0,
      logDirectory: folder,
      context: { monitoring: 'none', ...context },
      // A look at the stock levels each minute would be counted as usage of what runs then.
      runsSchedules: false,
      observe: counter.observe,
      dynamodbProxy: async (endpoint) => {
        recorder = await startCallRecorder({ endpoint });
        return recorder;
      },
    });
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient(localClientConfig(runtime.dynamodb)),
    );
    const names = new Map(
      Object.entries(runtime.tables).map(([name, physical]) => [physical, name]),
    );
    const takeUsage = (): Usage => {
      for (const call of recorder?.calls() ?? [])
        counter.recordCall(toTableCall(call, runtime, names));
      recorder?.reset();
      return counter.take();
    };
    const quietMilliseconds = (): number =>
      Math.min(counter.quietMilliseconds, Date.now() - (recorder?.calls().at(-1)?.at ?? 0));
    return {
      runtime,
      settings: readSettings(runtime.stacks),
      takeUsage,
      takeUsageWhenIdle: async () => {
        await waitUntilIdle(quietMilliseconds);
        return takeUsage();
      },
      lookAtLevels: async () => {
        await waitUntilIdle(quietMilliseconds);
        await runtime.invokeFunction('LookAtLevels', {});
        await waitUntilIdle(quietMilliseconds);
        takeUsage();
      },
      waitForStatus: (table, key, status) =>
        waitForStatus(client, runtime.tables[table] ?? table, key, status),
      stop: async () => {
        client.destroy();
        await runtime.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function waitUntilIdle(quietMilliseconds: () => number): Promise<void> {
  const deadline = Date.now() + WAIT_SECONDS_MAX * 1_000;
  while (quietMilliseconds() < QUIET_MILLISECONDS) {
    if (Date.now() > deadline)
      throw new Error(`The runtime was not idle within ${WAIT_SECONDS_MAX} s.`);
    await delay(POLL_MILLISECONDS);
  }
}

async function waitForStatus(
  client: DynamoDBDocumentClient,
  TableName: string,
  Key: Key,
  status: string,
): Promise<void> {
  const deadline = Date.now() + WAIT_SECONDS_MAX * 1_000;
  for (;;) {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    if (Item?.status === status) return;
    if (Date.now() > deadline)
      throw new Error(`${Key.pk} is ${Item?.status}, not ${status}, after ${WAIT_SECONDS_MAX} s.`);
    await delay(POLL_MILLISECONDS);
  }
}

const toTableCall = (
  { caller, table, operation, readUnits, writeUnits, gsiWriteUnits }: RecordedCall,
  { functionOfAccessKey }: Runtime,
  names: ReadonlyMap<string, string>,
): TableCall => ({
  functionName: functionOfAccessKey(caller) ?? 'unknown',
  table: table
    .split(',')
    .map((one) => names.get(one) ?? one)
    .join(','),
  operation,
  readUnits,
  writeUnits,
  indexWriteUnits: gsiWriteUnits,
});
