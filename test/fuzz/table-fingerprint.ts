import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';

export type Tables = { readonly endpoint: string; readonly names: readonly string[] };

/** Returns one value for all items of the tables: the same as long as nothing is written. */
export async function fingerprintTables({ endpoint, names }: Tables): Promise<string> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
  const prints: string[] = [];
  for (const TableName of names) {
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName, ConsistentRead: true },
    )) {
      for (const item of Items)
        prints.push(
          createHash('sha256')
            .update(JSON.stringify(item, Object.keys(item).sort()))
            .digest('base64') + createHash('sha256').update(JSON.stringify(item)).digest('base64'),
        );
    }
  }
  client.destroy();
  return createHash('sha256').update(prints.sort().join('\n')).digest('base64url');
}

const SETTLE_MILLISECONDS = 300;
const SETTLE_ATTEMPTS_MAX = 400;

/**
 * Returns the fingerprint once it is stable: after a write, sagas and streams continue for a while.
 */
export async function waitForStableFingerprint(tables: Tables): Promise<string> {
  let before = await fingerprintTables(tables);
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS_MAX; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    const now = await fingerprintTables(tables);
    if (now === before) return now;
    before = now;
  }
  throw new Error('the tables do not come to rest');
}
