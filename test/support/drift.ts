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
import { call, expectStatus, staff, waitUntil } from './e2e/e2e.ts';
import { awsClientConfig, stageName, tableName } from './infra/aws-access.ts';

/** Edits the tables of a running local Stockbook in ways that its own commands never do. */

type Key = { readonly pk: string; readonly sk: string };
type Item = Record<string, unknown>;
export type Table = 'inventory' | 'orders' | 'payments' | 'provider' | 'reconciliation';

let client: DynamoDBDocumentClient | undefined;
function documentClient(): DynamoDBDocumentClient {
  client ??= DynamoDBDocumentClient.from(new DynamoDBClient(awsClientConfig('dynamodb')));
  return client;
}

export const cellPk = (sku: string, location = 'main'): string => `CELL#${sku}#${location}#0`;
export const balanceKey = (sku: string): Key => ({ pk: cellPk(sku), sk: 'BALANCE' });
export const locationKey = (id: string): Key => ({ pk: 'LOCATIONS', sk: `LOCATION#${id}` });
export const reservationKey = (id: string): Key => ({ pk: `RESERVATION#${id}`, sk: 'RESERVATION' });
export const orderKey = (id: string): Key => ({ pk: `ORDER#${id}`, sk: 'ORDER' });
export const paymentKey = (orderId: string, attempt = 1): Key => ({
  pk: `PAYMENT#${orderId}-${attempt}`,
  sk: 'PAYMENT',
});
export const authorizationKey = (orderId: string, attempt = 1): Key => ({
  pk: `AUTHORIZATION#${orderId}-${attempt}`,
  sk: 'AUTHORIZATION',
});

export async function readItem(table: Table, Key: Key): Promise<Item> {
  const { Item } = await documentClient().send(
    new GetCommand({ TableName: tableName(table), Key, ConsistentRead: true }),
  );
  if (Item === undefined) throw new Error(`${Key.pk} does not exist in ${table}`);
  return Item;
}

export const putItem = (table: Table, Item: Item) =>
  documentClient().send(new PutCommand({ TableName: tableName(table), Item }));

/** Changes attributes of a record, but neither its version nor its timestamp. */
export async function editItem(
  table: Table,
  key: Key,
  change: Item | ((before: Item) => Item),
): Promise<void> {
  const before = await readItem(table, key);
  await putItem(table, { ...before, ...(typeof change === 'function' ? change(before) : change) });
}

/** Returns the records of a partition whose sort key begins with `sk`. */
export async function queryItems(table: Table, pk: string, sk: string): Promise<readonly Item[]> {
  const { Items = [] } = await documentClient().send(
    new QueryCommand({
      TableName: tableName(table),
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
      ConsistentRead: true,
    }),
  );
  return Items;
}

/** Adds units to an account of a balance. */
export const addToBalance = (sku: string, account: 'available' | 'committed', units: number) =>
  documentClient().send(
    new UpdateCommand({
      TableName: tableName('inventory'),
      Key: balanceKey(sku),
      UpdateExpression: 'ADD #account :units',
      ExpressionAttributeNames: { '#account': account },
      ExpressionAttributeValues: { ':units': units },
    }),
  );

export const deleteItem = (table: Table, Key: Key) =>
  documentClient().send(new DeleteCommand({ TableName: tableName(table), Key }));

/** Deletes the first item of movements in a cell that has one of this kind, and returns it. */
export async function deleteMovement(sku: string, kind: string): Promise<Item> {
  const { Items = [] } = await documentClient().send(
    new QueryCommand({
      TableName: tableName('inventory'),
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :move)',
      ExpressionAttributeValues: { ':pk': cellPk(sku), ':move': 'MOVE#' },
      ConsistentRead: true,
    }),
  );
  const lost = Items.find((item) =>
    (item.movements as { kind: string }[]).some((one) => one.kind === kind),
  );
  if (lost === undefined) throw new Error(`${sku} has no movement ${kind}`);
  await deleteItem('inventory', { pk: String(lost.pk), sk: String(lost.sk) });
  return lost;
}

const HOURS_AGO = 30;
const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

/**
 * Sets the status of an order, with a timeline entry that is long ago. The change is published,
 * like each change of the table.
 */
export const setOrderStatus = (orderId: string, status: string, more: Item = {}) =>
  editItem('orders', orderKey(orderId), (before) => ({
    status,
    timeline: [
      ...(before.timeline as Item[]),
      { at: hoursAgo(HOURS_AGO), status, reason: 'set manually' },
    ],
    ...more,
  }));
/** Moves all timeline entries of an order to a time long ago. */
export const ageOrder = (orderId: string) =>
  editItem('orders', orderKey(orderId), (before) => ({
    timeline: (before.timeline as Item[]).map((entry) => ({ ...entry, at: hoursAgo(HOURS_AGO) })),
  }));
export const agePayment = (orderId: string, change: Item = {}, attempt = 1) =>
  editItem('payments', paymentKey(orderId, attempt), { updatedAt: hoursAgo(HOURS_AGO), ...change });

/**
 * Sends a message to the queue whose name, after the stage, starts with `name`. `notes` are its
 * attributes. Returns the message id.
 */
export async function putIntoQueue(
  name: string,
  body: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const sqs = new SQSClient(awsClientConfig('sqs'));
  const QueueNamePrefix = `stockbook-${stageName()}-${name}`;
  const { QueueUrls: [QueueUrl] = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix }));
  if (QueueUrl === undefined) throw new Error(`the queue ${name} does not exist`);
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([note, StringValue]) => [
      note,
      { DataType: 'String', StringValue },
    ]),
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
  readonly unsettledCells: number;
};

export async function runReconciliation(body: { full?: boolean } = {}): Promise<Reconciliation> {
  const started = await call<{ reconciliationId: string }>('POST /reconciliations', {
    token: staff(),
    body,
  });
  const { reconciliationId } = expectStatus(202, started).body;
  return waitUntil(
    async () =>
      expectStatus(
        200,
        await call<Reconciliation>(`GET /reconciliations/${reconciliationId}`, { token: staff() }),
      ).body,
    ({ status }) => status !== 'RUNNING',
  );
}

export async function listFindings(status: string): Promise<Finding[]> {
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
