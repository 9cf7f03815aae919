import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { putBack } from '../../../cli/put-back.ts';
import { testClient, testTable } from '../../support/dynamodb.ts';

const ITEMS = 350;

const tables = async () => {
  const [restored, living] = [await testTable('restored'), await testTable('living')];
  return { client: testClient(), from: restored.tableName, to: living.tableName };
};
const put = (
  client: ReturnType<typeof testClient>,
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
const contents = async (client: ReturnType<typeof testClient>, TableName: string) =>
  new Map(
    ((await client.send(new ScanCommand({ TableName }))).Items ?? []).map((item) => [
      Number(item.sk),
      item,
    ]),
  );
const numbers = Array.from({ length: ITEMS }, (_, index) => index);

describe('putting back what a table lost', () => {
  test('writes what is missing, leaves what lives, and does nothing the second time', async () => {
    const { client, from, to } = await tables();
    await Promise.all(numbers.map((number) => put(client, from, number)));
    await Promise.all(
      numbers.filter((number) => number < 100).map((number) => put(client, to, number)),
    );
    await Promise.all(
      numbers
        .filter((number) => number < 10)
        .map((number) => put(client, to, number, { newer: 1 })),
    );
    await put(client, to, 9_999);
    const expected = { read: ITEMS, same: 90, differing: 10, putBack: 250 };

    expect(await putBack(client, { from, to, isDry: true })).toEqual(expected);
    expect((await contents(client, to)).size).toBe(101);

    expect(await putBack(client, { from, to, isDry: false })).toEqual(expected);
    const after = await contents(client, to);
    expect([...after.keys()].sort((one, other) => one - other)).toEqual([...numbers, 9_999]);
    expect(after.get(5)).toHaveProperty('newer', 1);
    expect(after.get(200)).toEqual((await contents(client, from)).get(200));

    expect(await putBack(client, { from, to, isDry: false })).toEqual({
      read: ITEMS,
      same: 340,
      differing: 10,
      putBack: 0,
    });
  });

  test('overwrites nothing that is written while it runs', async () => {
    const { client, from, to } = await tables();
    await put(client, from, 1);
    const send = client.send.bind(client);
    // Somebody writes the item after it was looked for.
    Object.assign(client, {
      send: async (command: object) => {
        if (command.constructor.name === 'PutItemCommand')
          await send(new PutCommand({ TableName: to, Item: { pk: 'item-1', sk: '1', newer: 1 } }));
        return send(command as PutCommand);
      },
    });

    expect(await putBack(client, { from, to, isDry: false })).toMatchObject({
      differing: 1,
      putBack: 0,
    });
    expect((await contents(testClient(), to)).get(1)).toHaveProperty('newer', 1);
  });

  test('names a table that is not there', async () => {
    const { client, from } = await tables();

    await expect(putBack(client, { from, to: 'nowhere', isDry: true })).rejects.toThrow(
      'there is no table nowhere',
    );
  });
});
