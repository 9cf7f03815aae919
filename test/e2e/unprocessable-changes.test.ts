import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { balanceKey, editItem, orderKey, putItem, readItem } from '../support/drift.ts';
import { runCli } from '../support/e2e/cli.ts';
import {
  call,
  completeOrder,
  createStockedSku,
  expectStatus,
  getOrder,
  getStock,
  staff,
  waitUntil,
} from '../support/e2e/e2e.ts';
import { canReachAws } from '../support/infra/aws-access.ts';

type DeadLetter = { readonly messageId: string; readonly cause: string; readonly verdict: string };

const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-stalled-'));
afterAll(() => rmSync(folder, { recursive: true }));
const runDeadLetters = (...args: readonly string[]) =>
  runCli(['dead-letters', ...args], { cwd: folder });

/** Waits for the dead letter of a record. */
async function waitForDeadLetter(queue: string, record: string): Promise<DeadLetter> {
  const letters = await waitUntil(
    async () => {
      const route = `GET /dead-letters/${queue}`;
      const { items } = expectStatus(
        200,
        await call<{ items: DeadLetter[] }>(route, { token: staff() }),
      ).body;
      return items.filter(({ cause }) => cause.includes(record));
    },
    (found) => found.length > 0,
  );
  const [letter] = letters;
  if (letter === undefined) throw new Error(`${queue} has no letter of ${record}`);
  return letter;
}

/** Item larger than a message of SQS, although DynamoDB stores 2 bytes for each element. */
const FLAGS = Array<boolean>(100_000).fill(true);

// Each test has its own queue.
describe.runIf(canReachAws()).concurrent('a change that its consumer can never handle', () => {
  test('does not block later orders and is published after its record is repaired', async () => {
    const queue = 'orders-EventPublishing-Failed';
    const tea = await createStockedSku('stalled', 10);
    const { orderId } = await completeOrder(tea, 2);
    const { lines } = await readItem('orders', orderKey(orderId));
    const nameOfRecord = `ORDER#${orderId}`;

    await editItem('orders', orderKey(orderId), ({ version }) => ({
      status: 'FULFILLED',
      version: Number(version) + 1,
      lines: 'damaged',
    }));
    const { messageId, ...letter } = await waitForDeadLetter(queue, nameOfRecord);
    const behind = await completeOrder(tea, 1);

    expect(letter).toMatchObject({
      cause: expect.stringContaining('lines: must be array, is string'),
      verdict: 'useful',
    });
    expect((await getOrder(behind.orderId)).status).toBe('COMPLETED');
    expect((await runDeadLetters('explain', queue)).stdout).toContain(
      'continued with later changes',
    );
    expect(await getStock(tea)).toMatchObject({ onHand: 10, committed: 3 });

    const early = await runDeadLetters('redrive', queue, '--id', messageId);
    expect([early.code, early.stdout]).toEqual([
      1,
      expect.stringContaining('Repair the record in the table'),
    ]);

    await editItem('orders', orderKey(orderId), { lines });
    const redriven = await runDeadLetters('redrive', queue, '--id', messageId);

    expect([redriven.code, redriven.stdout]).toEqual([0, expect.stringContaining('1 redriven')]);
    await waitUntil(
      () => getStock(tea),
      ({ onHand, committed }) => onHand === 8 && committed === 1,
    );
  });

  test('is read from the stream again if larger than a message, also for the stock watcher', async () => {
    const queue = 'inventory-StockLevels-Failed';
    const tea = await createStockedSku('stalled-level', 10);
    const before = await readItem('inventory', balanceKey(tea));

    await putItem('inventory', { ...before, available: 'many', flags: FLAGS });
    const { messageId } = await waitForDeadLetter(queue, `CELL#${tea}`);
    // The shard continued: another SKU is sold.
    await completeOrder(await createStockedSku('stalled-other', 5), 1);
    await putItem('inventory', before);
    const redriven = await runDeadLetters('redrive', queue, '--id', messageId);

    expect([redriven.code, redriven.stdout]).toEqual([0, expect.stringContaining('1 redriven')]);
    expect(await getStock(tea)).toMatchObject({ available: 10 });
  });
});
