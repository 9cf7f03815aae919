import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { createTable } from '../../../local/dynamodb/dynamodb.ts';
import { type Fixture, startFixture } from './fixture.ts';

const scoped = async (local: Fixture, token: string): Promise<number> => {
  const response = await fetch(`${local.api}/scoped`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return response.status;
};

const put = (local: Fixture, id: string) =>
  local.client.send(
    new PutItemCommand({
      TableName: local.tables.things,
      Item: { pk: { S: id }, type: { S: 'wanted' } },
    }),
  );

test('tables and tokens survive a restart, and the streams are read again', async () => {
  const keepIn = mkdtempSync(path.join(tmpdir(), 'stockbook-kept-'));
  onTestFinished(() => rmSync(keepIn, { recursive: true, force: true }));
  const key = { pk: { S: 'kept' } };
  const first = await startFixture({ keepIn });
  const token = await first.tokenFor('staff');
  await put(first, 'kept');
  await first.seen('stream', 1).finally(first.stop);

  const second = await startFixture({ keepIn });
  onTestFinished(second.stop);

  const { Item } = await second.client.send(
    new GetItemCommand({ TableName: second.tables.things, Key: key }),
  );
  expect(Item).toMatchObject(key);
  expect(await scoped(second, token)).toBe(200);
  await expect(startFixture({ keepIn })).rejects.toThrow(
    'is in use: another Stockbook may use this data',
  );
  await put(second, 'new');
  await second.seen('stream', 3);
  const table = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await expect(createTable(second.dynamodb, String(second.tables.things), table)).rejects.toThrow(
    'has other keys or indexes than the template. Delete .local/data, or start without --keep.',
  );
});
