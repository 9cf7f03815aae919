import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { call, expectStatus, staff, until } from './e2e/e2e.ts';
import { clientConfig, stageName, tableName } from './infra/reach.ts';

/** What a hand in the tables does to the books of a running local Stockbook: everything that Stockbook's own commands never do. */

type Key = { readonly pk: string; readonly sk: string };
type Item = Record<string, unknown>;
export type Table = 'inventory' | 'orders' | 'payments' | 'provider' | 'reconciliation';

let client: DynamoDBDocumentClient | undefined;
function tables(): DynamoDBDocumentClient {
  client ??= DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig('dynamodb')));
  return client;
}

export const cell = (sku: string, location = 'main'): string => `CELL#${sku}#${location}#0`;
export const balance = (sku: string): Key => ({ pk: cell(sku), sk: 'BALANCE' });
export const reservation = (id: string): Key => ({ pk: `RESERVATION#${id}`, sk: 'RESERVATION' });
export const orderKey = (id: string): Key => ({ pk: `ORDER#${id}`, sk: 'ORDER' });
export const payment = (orderId: string, attempt = 1): Key => ({
  pk: `PAYMENT#${orderId}-${attempt}`,
  sk: 'PAYMENT',
});
export const authorization = (orderId: string, attempt = 1): Key => ({
  pk: `AUTHORIZATION#${orderId}-${attempt}`,
  sk: 'AUTHORIZATION',
});

export async function read(table: Table, Key: Key): Promise<Item> {
  const { Item } = await tables().send(
    new GetCommand({ TableName: tableName(table), Key, ConsistentRead: true }),
  );
  if (Item === undefined) throw new Error(`there is no ${Key.pk} in ${table}`);
  return Item;
}

export const write = (table: Table, Item: Item) =>
  tables().send(new PutCommand({ TableName: tableName(table), Item }));

/** Changes attributes of a record, and nothing else: no version, no stamp. */
export async function edit(
  table: Table,
  key: Key,
  change: Item | ((before: Item) => Item),
): Promise<void> {
  const before = await read(table, key);
  await write(table, { ...before, ...(typeof change === 'function' ? change(before) : change) });
}

/** The records of a partition whose sort key begins so. */
export async function under(table: Table, pk: string, sk: string): Promise<readonly Item[]> {
  const { Items = [] } = await tables().send(
    new QueryCommand({
      TableName: tableName(table),
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
      ConsistentRead: true,
    }),
  );
  return Items;
}

/** Adds to a number of a balance. */
export const add = (sku: string, account: 'available' | 'committed', units: number) =>
  tables().send(
    new UpdateCommand({
      TableName: tableName('inventory'),
      Key: balance(sku),
      UpdateExpression: 'ADD #account :units',
      ExpressionAttributeNames: { '#account': account },
      ExpressionAttributeValues: { ':units': units },
    }),
  );

export const remove = (table: Table, Key: Key) =>
  tables().send(new DeleteCommand({ TableName: tableName(table), Key }));

/** Removes the movements of a cell whose key ends so, or has a movement of the kind. */
export async function loseMovement(sku: string, kind: string): Promise<Item> {
  const { Items = [] } = await tables().send(
    new QueryCommand({
      TableName: tableName('inventory'),
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :move)',
      ExpressionAttributeValues: { ':pk': cell(sku), ':move': 'MOVE#' },
      ConsistentRead: true,
    }),
  );
  const lost = Items.find((item) =>
    (item.movements as { kind: string }[]).some((one) => one.kind === kind),
  );
  if (lost === undefined) throw new Error(`${sku} has no movement ${kind}`);
  await remove('inventory', { pk: String(lost.pk), sk: String(lost.sk) });
  return lost;
}

const HOURS_AGO = 30;
const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

/** Puts an order into a status, as if it had come to it long ago. Told on the bus, as every change of the table is. */
export const setOrder = (orderId: string, status: string, more: Item = {}) =>
  edit('orders', orderKey(orderId), (before) => ({
    status,
    timeline: [
      ...(before.timeline as Item[]),
      { at: hoursAgo(HOURS_AGO), status, reason: 'set by hand' },
    ],
    ...more,
  }));
/** As if it had come to be what it is long ago. */
export const ageOrder = (orderId: string) =>
  edit('orders', orderKey(orderId), (before) => ({
    timeline: (before.timeline as Item[]).map((entry) => ({ ...entry, at: hoursAgo(HOURS_AGO) })),
  }));
export const agePayment = (orderId: string, change: Item = {}, attempt = 1) =>
  edit('payments', payment(orderId, attempt), { updatedAt: hoursAgo(HOURS_AGO), ...change });

/** Puts a message into the queue whose name starts so, after the stage. Returns its id. `notes` are its attributes. */
export async function putIntoQueue(
  name: string,
  body: string,
  notes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const sqs = new SQSClient(clientConfig('sqs'));
  const QueueNamePrefix = `stockbook-${stageName()}-${name}`;
  const { QueueUrls: [QueueUrl] = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix }));
  if (QueueUrl === undefined) throw new Error(`there is no queue ${name}`);
  const MessageAttributes = Object.fromEntries(
    Object.entries(notes).map(([note, StringValue]) => [note, { DataType: 'String', StringValue }]),
  );
  const { MessageId = '' } = await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }),
  );
  return MessageId;
}

export type Finding = {
  readonly findingId: string;
  readonly revision: number;
  readonly kind: string;
  readonly subject: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly difference: unknown;
  readonly explanation: string;
  readonly records: readonly unknown[];
  readonly since: string;
  readonly detectedAt: string;
  readonly status: string;
  readonly proposedRepair?: { readonly action: string; readonly effect: string };
  readonly reconciliationId?: string;
  readonly lastError?: string;
};
export type Reconciliation = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly checked: Readonly<Record<string, number>>;
  readonly findings: number;
  readonly repaired: number;
  readonly unsettled: number;
};

export async function reconciled(body: { full?: boolean } = {}): Promise<Reconciliation> {
  const started = await call<{ reconciliationId: string }>('POST /reconciliations', {
    token: staff(),
    body,
  });
  const { reconciliationId } = expectStatus(202, started).body;
  return until(
    async () =>
      expectStatus(
        200,
        await call<Reconciliation>(`GET /reconciliations/${reconciliationId}`, { token: staff() }),
      ).body,
    ({ status }) => status !== 'RUNNING',
  );
}

export async function findings(status: string): Promise<Finding[]> {
  const all: Finding[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      status,
      limit: '100',
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = await call<{ items: Finding[]; cursor?: string }>(`GET /findings?${query}`, {
      token: staff(),
    });
    all.push(...expectStatus(200, page).body.items);
    cursor = page.body.cursor;
  } while (cursor !== undefined);
  return all;
}
