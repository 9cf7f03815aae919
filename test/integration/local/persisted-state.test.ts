import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { createTable } from '../../../local/dynamodb/dynamodb.ts';
import { type Fixture, startFixture } from './fixture.ts';

const statusWithToken = async (local: Fixture, token: string): Promise<number> => {
  const response = await fetch(`${local.api}/scoped`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return response.status;
};

const putThing = (local: Fixture, id: string) =>
  local.client.send(
    new PutItemCommand({
      TableName: local.tables.things,
      Item: { pk: { S: id }, type: { S: 'wanted' } },
    }),
  );

test('tables and tokens survive a restart, and streams are read again', async () => {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'stockbook-kept-'));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const key = { pk: { S: 'kept' } };
  const first = await startFixture({ dataDirectory });
  const token = await first.tokenFor('staff');
  await putThing(first, 'kept');
  await first.waitForCalls('stream', 1).finally(first.stop);

  const second = await startFixture({ dataDirectory });
  onTestFinished(second.stop);

  const { Item } = await second.client.send(
    new GetItemCommand({ TableName: second.tables.things, Key: key }),
  );
  expect(Item).toMatchObject(key);
  expect(await statusWithToken(second, token)).toBe(200);
  await expect(startFixture({ dataDirectory })).rejects.toThrow(
    'is in use. Stop the other Stockbook that uses this data.',
  );
  await putThing(second, 'new');
  await second.waitForCalls('stream', 3);
  const table = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await expect(createTable(second.dynamodb, String(second.tables.things), table)).rejects.toThrow(
    'has other keys or indexes than the template. Delete .local/data, or start without --persist.',
  );
});
