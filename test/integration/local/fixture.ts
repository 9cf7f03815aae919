import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../../local/runtime.ts';

const WAIT = { timeout: 30_000 * loadFactor(), interval: 20 };

export type RecordedCall = { readonly subject: string; readonly detail: unknown };

export type Fixture = Runtime & {
  readonly client: DynamoDBClient;
  /** Waits until functions have made `count` calls of a kind, and returns them in order. */
  readonly waitForCalls: (kind: string, count: number) => Promise<readonly RecordedCall[]>;
  readonly listCalls: (kind: string) => Promise<readonly RecordedCall[]>;
  readonly output: (logicalId: string) => string;
  /** Returns the log of the function whose name contains a text. */
  readonly logOf: (name: string) => string;
};

/** Starts the local runtime with the fixture app. */
export async function startFixture(options: Partial<RuntimeOptions> = {}): Promise<Fixture> {
  const directory = mkdtempSync(path.join(tmpdir(), 'stockbook-local-'));
  const runtime = await startRuntime({
    port: 0,
    logDirectory: directory,
    app: 'test/integration/local/fixture-app.ts',
    ...options,
  });
  const client = new DynamoDBClient(localClientConfig(runtime.dynamodb));

  const listCalls = async (kind: string): Promise<RecordedCall[]> => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: runtime.tables.calls,
        KeyConditionExpression: 'pk = :kind',
        ExpressionAttributeValues: { ':kind': { S: kind } },
        ConsistentRead: true,
      }),
    );
    return Items.map(({ subject, detail }) => ({
      subject: subject?.S ?? '',
      detail: JSON.parse(detail?.S ?? 'null'),
    }));
  };
  const output = (logicalId: string): string => {
    const value = runtime.outputs[logicalId];
    if (value === undefined) throw new Error(`there is no output ${logicalId}`);
    return value;
  };
  return {
    ...runtime,
    client,
    listCalls,
    waitForCalls: async (kind, count) => {
      await expect
        .poll(async () => (await listCalls(kind)).length, WAIT)
        .toBeGreaterThanOrEqual(count);
      return listCalls(kind);
    },
    output,
    logOf: (name) => readFileSync(path.join(directory, `${name}.log`), 'utf8'),
    stop: async () => {
      client.destroy();
      await runtime.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
