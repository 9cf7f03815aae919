import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { TableProperties } from '../../../local/cloud-assembly/property-schemas.ts';
import { createTable, localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import { AwsError } from '../../../local/errors.ts';
import { TableStream } from '../../../local/streams/dynamodb-streams.ts';
import { toStreamRecord } from '../../../local/streams/stream-record.ts';
import { DynamoDbError, MemoryDynamoDb } from '../../simulator/dynamodb/memory-dynamodb.ts';
import type { ItemChange } from '../../simulator/dynamodb/table.ts';
import { type Operation, operation } from './operations.ts';

/** Number of runs, each with its own table and up to 60 operations. */
const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 6);
const OPERATIONS_MIN = 30;
const OPERATIONS_MAX = 60;
const STREAM_READS_MAX = 50;

const properties = TableProperties.parse({
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'listed', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listing',
      KeySchema: [
        { AttributeName: 'listed', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['version', 'lines'] },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
});

type WireResponse = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

async function callDynamoDbLocal(operation: string, request: object): Promise<WireResponse> {
  const response = await fetch(inject('dynamodbEndpoint'), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(request),
  });
  return { status: response.status, body: (await response.json()) as WireResponse['body'] };
}

function callMemory(memory: MemoryDynamoDb, operation: string, request: object): WireResponse {
  try {
    // Copies, because objects are not shared over the wire.
    const response = memory.actions[`DynamoDB_20120810.${operation}`]?.(structuredClone(request));
    return { status: 200, body: structuredClone(response) as WireResponse['body'] };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const fields = error instanceof DynamoDbError ? error.fields : {};
    return { status: 400, body: { __type: error.name, ...structuredClone(fields) } };
  }
}

type Reason = { readonly Code: string; readonly Item?: unknown };

/**
 * Returns the parts of a response that Stockbook uses. Scans and batches have no order, and
 * messages differ.
 */
function toComparable({ status, body }: WireResponse, isOrdered: boolean): unknown {
  const sorted = (items: unknown): unknown =>
    Array.isArray(items) && !isOrdered
      ? items.map((one) => toCanonicalJson(one)).sort()
      : toCanonicalJson(items);
  const reasons = (body.CancellationReasons as readonly Reason[] | undefined)?.map(
    ({ Code, Item }) => ({
      Code,
      Item: toCanonicalJson(Item),
    }),
  );
  return {
    status,
    error: typeof body.__type === 'string' ? body.__type.replace(/^.*#/, '') : undefined,
    reasons,
    item: toCanonicalJson(body.Item),
    items: sorted(body.Items),
    responses: Object.values((body.Responses ?? {}) as object).map(sorted),
    count: body.Count,
    last: toCanonicalJson(body.LastEvaluatedKey),
  };
}

const toCanonicalJson = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value, (_, inner: unknown) => sortKeys(inner));
const sortKeys = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

describe('MemoryDynamoDb', () => {
  test('responds to every operation as DynamoDB Local does, with the same items, errors and stream', async () => {
    const countByCode = new Map<string, number>();
    const run = async (operations: readonly Operation[]): Promise<void> => {
      const tableName = `differential-${randomUUID()}`;
      await createTable(inject('dynamodbEndpoint'), tableName, properties);
      const changes: ItemChange[] = [];
      const memory = new MemoryDynamoDb([{ name: tableName, properties }], Date.now, (_, change) =>
        changes.push(change),
      );

      for (const { name, request, isOrdered } of operations) {
        const given = request(tableName);
        const real = toComparable(await callDynamoDbLocal(name, given), isOrdered);
        const ours = toComparable(callMemory(memory, name, given), isOrdered);

        expect(ours, `${name} ${JSON.stringify(given)}`).toEqual(real);
        const { error = 'ok', reasons = [] } = real as {
          readonly error?: string;
          readonly reasons?: readonly Reason[];
        };
        for (const code of [`${name} ${error}`, ...reasons.map(({ Code }) => Code)])
          countByCode.set(code, (countByCode.get(code) ?? 0) + 1);
      }
      expect(
        changesByItem(changes.map(({ key: of, before, after }) => ({ of, before, after }))),
      ).toEqual(changesByItem(await readStream(tableName, changes.length)));
    };

    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: OPERATIONS_MIN, maxLength: OPERATIONS_MAX }),
        run,
      ),
      { numRuns: RUNS, endOnFailure: process.env.CI !== undefined },
    );

    // The operations reached the errors that matter.
    for (const code of [
      'TransactWriteItems ok',
      'TransactWriteItems TransactionCanceledException',
      'ConditionalCheckFailed',
      'PutItem ConditionalCheckFailedException',
      'UpdateItem ValidationException',
      'None',
    ])
      expect(countByCode.get(code) ?? 0, code).toBeGreaterThan(0);
  });
});

type ItemImages = { readonly of: unknown; readonly before: unknown; readonly after: unknown };

/** Returns the changes of each item in order. Changes of different items have no order. */
function changesByItem(
  changes: readonly ItemImages[],
): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const { of: item, before, after } of changes) {
    const id = toCanonicalJson(item) ?? '';
    found[id] = [...(found[id] ?? []), `${toCanonicalJson(before)} -> ${toCanonicalJson(after)}`];
  }
  return found;
}

async function readStream(tableName: string, count: number): Promise<readonly ItemImages[]> {
  const stream = await TableStream.open(localClientConfig(inject('dynamodbEndpoint')), tableName);
  const found: ItemImages[] = [];
  for (const { ShardId = '' } of await stream.listShards()) {
    let iterator = await stream.getIterator(ShardId, undefined);
    for (
      let read = 0;
      read < STREAM_READS_MAX && iterator !== undefined && found.length < count;
      read += 1
    ) {
      const page = await stream.getRecords(iterator, 1_000);
      for (const record of page.records) {
        const { dynamodb } = toStreamRecord(record, '').event as {
          readonly dynamodb: {
            readonly Keys: unknown;
            readonly OldImage?: unknown;
            readonly NewImage?: unknown;
          };
        };
        found.push({ of: dynamodb.Keys, before: dynamodb.OldImage, after: dynamodb.NewImage });
      }
      iterator = page.nextIterator;
    }
  }
  stream.close();
  return found;
}
