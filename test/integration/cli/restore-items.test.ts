import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { restoreItems } from '../../../cli/restore-items.ts';
import { createTestClient, createTestTable } from '../../support/dynamodb.ts';

const ITEMS = 350;

const createTables = async () => {
  const [restored, living] = [await createTestTable('restored'), await createTestTable('living')];
  return { client: createTestClient(), from: restored.tableName, to: living.tableName };
};
const putItem = (
  client: ReturnType<typeof createTestClient>,
  TableName: string,
  number: number,
  more: object = {},
) =>
  client.send(
    new PutCommand({
      TableName,
      Item: {
        pk: `item-${number % 7}`,
        sk: String(number),
        set: new Set(['b', 'a']),
        map: {},
        ...more,
      },
    }),
  );
const scanItems = async (client: ReturnType<typeof createTestClient>, TableName: string) =>
  new Map(
    ((await client.send(new ScanCommand({ TableName }))).Items ?? []).map((item) => [
      Number(item.sk),
      item,
    ]),
  );
const numbers = Array.from({ length: ITEMS }, (_, index) => index);

describe('restoring items of a table', () => {
  test('writes missing items, keeps existing ones, and does nothing the second time', async () => {
    const { client, from, to } = await createTables();
    await Promise.all(numbers.map((number) => putItem(client, from, number)));
    await Promise.all(
      numbers.filter((number) => number < 100).map((number) => putItem(client, to, number)),
    );
    await Promise.all(
      numbers
        .filter((number) => number < 10)
        .map((number) => putItem(client, to, number, { newer: 1 })),
    );
    await putItem(client, to, 9_999);
    const expected = { read: ITEMS, identical: 90, different: 10, restored: 250 };

    expect(await restoreItems(client, { from, to, isDryRun: true })).toEqual(expected);
    expect((await scanItems(client, to)).size).toBe(101);

    expect(await restoreItems(client, { from, to, isDryRun: false })).toEqual(expected);
    const after = await scanItems(client, to);
    expect([...after.keys()].sort((one, other) => one - other)).toEqual([...numbers, 9_999]);
    expect(after.get(5)).toHaveProperty('newer', 1);
    expect(after.get(200)).toEqual((await scanItems(client, from)).get(200));

    expect(await restoreItems(client, { from, to, isDryRun: false })).toEqual({
      read: ITEMS,
      identical: 340,
      different: 10,
      restored: 0,
    });
  });

  test('overwrites nothing that is written meanwhile', async () => {
    const { client, from, to } = await createTables();
    await putItem(client, from, 1);
    const send = client.send.bind(client);
    // Another writer creates the item after it was read.
    Object.assign(client, {
      send: async (command: object) => {
        if (command.constructor.name === 'PutItemCommand')
          await send(new PutCommand({ TableName: to, Item: { pk: 'item-1', sk: '1', newer: 1 } }));
        return send(command as PutCommand);
      },
    });

    expect(await restoreItems(client, { from, to, isDryRun: false })).toMatchObject({
      different: 1,
      restored: 0,
    });
    expect((await scanItems(createTestClient(), to)).get(1)).toHaveProperty('newer', 1);
  });

  test('names a table that does not exist', async () => {
    const { client, from } = await createTables();

    await expect(restoreItems(client, { from, to: 'nowhere', isDryRun: true })).rejects.toThrow(
      'There is no table nowhere.',
    );
  });
});
