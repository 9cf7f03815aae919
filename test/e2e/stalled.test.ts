import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { balance, edit, orderKey, read, write } from '../support/drift.ts';
import {
  call,
  completed,
  expectStatus,
  orderOf,
  staff,
  stocked,
  stockOf,
  until,
} from '../support/e2e/e2e.ts';
import { runTool } from '../support/e2e/tool.ts';
import { reachesAccount } from '../support/infra/reach.ts';

type Letter = { readonly messageId: string; readonly cause: string; readonly verdict: string };

const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-stalled-'));
afterAll(() => rmSync(folder, { recursive: true }));
const dlq = (...options: readonly string[]) => runTool('dlq', options, { cwd: folder });

/** Waits for the dead letter that names a record. */
async function letterOf(queue: string, record: string): Promise<Letter> {
  const letters = await until(
    async () => {
      const route = `GET /dead-letters/${queue}`;
      const { items } = expectStatus(
        200,
        await call<{ items: Letter[] }>(route, { token: staff() }),
      ).body;
      return items.filter(({ cause }) => cause.includes(record));
    },
    (found) => found.length > 0,
  );
  const [letter] = letters;
  if (letter === undefined) throw new Error(`${queue} has no letter of ${record}`);
  return letter;
}

/** More than a message of SQS, though DynamoDB has 2 bytes for each. */
const FLAGS = Array<boolean>(100_000).fill(true);

// Each has a queue of its own.
describe.runIf(reachesAccount()).concurrent('a change that its consumer can never handle', () => {
  test('holds up no order behind it, and is published once its record is mended', async () => {
    const queue = 'orders-Published-Failed';
    const tea = await stocked('stalled', 10);
    const { orderId } = await completed(tea, 2);
    const { lines } = await read('orders', orderKey(orderId));
    const nameOfRecord = `ORDER#${orderId}`;

    await edit('orders', orderKey(orderId), ({ version }) => ({
      status: 'FULFILLED',
      version: Number(version) + 1,
      lines: 'damaged',
    }));
    const { messageId, ...letter } = await letterOf(queue, nameOfRecord);
    const behind = await completed(tea, 1);

    expect(letter).toMatchObject({
      cause: expect.stringContaining('lines: must be array, is string'),
      verdict: 'useful',
    });
    expect((await orderOf(behind.orderId)).status).toBe('COMPLETED');
    expect((await dlq('explain', queue)).stdout).toContain('went on with the changes behind it');
    expect(await stockOf(tea)).toMatchObject({ onHand: 10, committed: 3 });

    const early = await dlq('redrive', queue, '--id', messageId);
    expect([early.code, early.stdout]).toEqual([
      1,
      expect.stringContaining('Mend the record in the table'),
    ]);

    await edit('orders', orderKey(orderId), { lines });
    const redriven = await dlq('redrive', queue, '--id', messageId);

    expect([redriven.code, redriven.stdout]).toEqual([0, expect.stringContaining('1 redriven')]);
    await until(
      () => stockOf(tea),
      ({ onHand, committed }) => onHand === 8 && committed === 1,
    );
  });

  test('is read from its stream again where it is larger than a message, by the watcher of stock too', async () => {
    const queue = 'inventory-Levels-Failed';
    const tea = await stocked('stalled-level', 10);
    const before = await read('inventory', balance(tea));

    await write('inventory', { ...before, available: 'many', flags: FLAGS });
    const { messageId } = await letterOf(queue, `CELL#${tea}`);
    // The shard went on: another SKU is sold.
    await completed(await stocked('stalled-other', 5), 1);
    await write('inventory', before);
    const redriven = await dlq('redrive', queue, '--id', messageId);

    expect([redriven.code, redriven.stdout]).toEqual([0, expect.stringContaining('1 redriven')]);
    expect(await stockOf(tea)).toMatchObject({ available: 10 });
  });
});
