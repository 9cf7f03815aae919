import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { BACKOFF, backoff } from '../../../../lambdas/shared/dynamodb/backoff.ts';
import { Table, unlessConditionFails } from '../../../../lambdas/shared/dynamodb/table.ts';

type Input = Readonly<Record<string, unknown>>;

/** A table whose client returns the output of `respond` for each command, without a request. */
function tableOf(respond: (input: Input) => object | Promise<object>) {
  const inputs: Input[] = [];
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        inputs.push(input as Input);
        const output = await respond(input as Input);
        return { output: { $metadata: {}, ...output }, response: undefined };
      },
    { step: 'initialize' },
  );
  return { table: new Table(client, 'things', () => 0), inputs };
}

const KEY = { pk: 'THING#1', sk: 'THING' };
const conditionFailed = (item?: ConditionalCheckFailedException['Item']) =>
  new ConditionalCheckFailedException({
    $metadata: {},
    message: 'The conditional request failed',
    ...(item && { Item: item }),
  });
const failing = (error: Error) => () => {
  throw error;
};

describe('an item', () => {
  test.each([
    ['that exists', { ...KEY, count: 1 }],
    ['that does not exist', undefined],
  ])('%s is read strongly consistently', async (_case, item) => {
    const { table, inputs } = tableOf(() => ({ Item: item }));

    expect(await table.get(KEY)).toEqual(item);
    expect(inputs).toEqual([{ TableName: 'things', Key: KEY, ConsistentRead: true }]);
  });

  test('is written if it is new', async () => {
    const { table } = tableOf(() => ({}));

    expect(await table.putIfAbsent({ ...KEY, count: 1 })).toBeUndefined();
  });

  test('is not written if its key exists: the stored item is returned', async () => {
    const stored = { pk: { S: 'THING#1' }, count: { N: '7' } };
    const { table } = tableOf(failing(conditionFailed(stored)));

    expect(await table.putIfAbsent({ ...KEY, count: 1 })).toEqual({ pk: 'THING#1', count: 7 });
  });

  test.each([
    [1, 'attribute_not_exists(pk)'],
    [2, '#version = :before'],
  ])('of version %i is written with the condition %s', async (version, condition) => {
    const { table, inputs } = tableOf(() => ({}));

    expect(await table.putVersion({ ...KEY, version }, version)).toBe(true);
    expect(inputs).toMatchObject([{ ConditionExpression: condition }]);
  });

  test('is not written if its version is already stored', async () => {
    const { table } = tableOf(failing(conditionFailed()));

    expect(await table.putVersion({ ...KEY, version: 2 }, 2)).toBe(false);
  });
});

describe('a batch of items', () => {
  const keysOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ pk: `THING#${index}`, sk: 'THING' }));

  test.each([
    [0, []],
    [100, [100]],
    [101, [100, 1]],
  ])('of %i keys is read with requests of %j keys', async (count, sizes) => {
    const { table, inputs } = tableOf(() => ({ Responses: { things: [] } }));

    await table.getAll(keysOf(count));

    const requests = inputs as { RequestItems: { things: { Keys: unknown[] } } }[];
    expect(requests.map(({ RequestItems }) => RequestItems.things.Keys.length)).toEqual(sizes);
  });

  test.each([
    [{}, true],
    [{ consistency: 'strong' }, true],
    [{ consistency: 'eventual' }, false],
  ] as const)('read with %j is strongly consistent: %s', async (options, isConsistent) => {
    const { table, inputs } = tableOf(() => ({ Responses: { things: [] } }));

    await table.getAll(keysOf(1), options);

    expect(inputs).toEqual([
      { RequestItems: { things: { Keys: keysOf(1), ConsistentRead: isConsistent } } },
    ]);
  });

  test('of many keys is read with at most four requests at once', async () => {
    let open = 0;
    let most = 0;
    const { table } = tableOf(async (input) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      const { things } = (input as { RequestItems: { things: { Keys: object[] } } }).RequestItems;
      return { Responses: { things: things.Keys } };
    });

    const items = await table.getAll(keysOf(950));

    expect(most).toBe(4);
    expect(new Set(items.map(({ pk }) => pk)).size).toBe(950);
  });

  test('is retried for keys that DynamoDB left unprocessed', async () => {
    const [first, second] = keysOf(2);
    const { table, inputs } = tableOf(() =>
      inputs.length === 1
        ? { Responses: { things: [first] }, UnprocessedKeys: { things: { Keys: [second] } } }
        : { Responses: { things: [second] } },
    );

    expect(await table.getAll(keysOf(2))).toEqual([first, second]);
  });

  test('throws RetryLaterError after eight attempts', async () => {
    const { table, inputs } = tableOf(() => ({
      UnprocessedKeys: { things: { Keys: keysOf(1) } },
    }));

    await expect(table.getAll(keysOf(1))).rejects.toEqual(
      new RetryLaterError('1 items could not be read'),
    );
    expect(inputs).toHaveLength(8);
  });
});

describe('a conditional write', () => {
  test.each([
    ['returns true if it is done', async () => ({}), true],
    ['returns false if its condition is not met', async () => failing(conditionFailed())(), false],
  ])('%s', async (_case, write, expected) => {
    expect(await unlessConditionFails(write())).toBe(expected);
  });

  test('throws any other error', async () => {
    await expect(unlessConditionFails(Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });
});

describe('a backoff', () => {
  test.each([
    ['sameItems', 1, 40],
    ['sameItems', 20, 200],
    ['otherItems', 1, 6],
    ['otherItems', 20, 60],
  ] as const)('of %s before attempt %i is at most %i ms', async (bounds, attempt, milliseconds) => {
    const startedAt = performance.now();

    await backoff(attempt, BACKOFF[bounds], () => 1);

    const elapsed = performance.now() - startedAt;
    // Timers round down to a millisecond.
    expect(elapsed).toBeGreaterThanOrEqual(milliseconds - 2);
  });

  test('takes no time for a random number of 0', async () => {
    const startedAt = performance.now();

    await backoff(20, BACKOFF.sameItems, () => 0);

    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});
