import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CloudWatchConsumerLogs } from '../../lambdas/dead-letters/adapters/cloudwatch-logs.ts';
import { TableStream } from '../../local/streams/dynamodb-streams.ts';
import { putIntoQueue, runReconciliation } from '../support/drift.ts';
import { runCli } from '../support/e2e/cli.ts';
import {
  call,
  completeOrder,
  createStockedSku,
  expectStatus,
  getStock,
  placeOrder,
  staff,
  waitUntil,
} from '../support/e2e/e2e.ts';
import {
  LOGS_POLL_MILLISECONDS,
  type LogLine,
  readLogLines,
} from '../support/e2e/function-logs.ts';
import { awsClientConfig, canReachAws, tableName } from '../support/infra/aws-access.ts';

type DeadLetter = Readonly<Record<string, string>>;

const CONFIRMED = 'inventory-OrderConfirmed-Failed';
const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-dlq-'));
afterAll(() => rmSync(folder, { recursive: true }));

const runDeadLetters = (...args: readonly string[]) =>
  runCli(['dead-letters', ...args], { cwd: folder });
const local = inject('localEndpoints');
/** Waits until a function has logged a matching line, and returns all matching lines. */
const waitForLogs = (isWanted: (line: LogLine) => boolean) =>
  waitUntil(
    async () => (await readLogLines()).filter(isWanted),
    (lines) => lines.length > 0,
    LOGS_POLL_MILLISECONDS,
  );

const orderConfirmedMessage = (orderId: string, data: object = {}) =>
  JSON.stringify({
    source: 'stockbook.orders',
    'detail-type': 'OrderConfirmed',
    detail: {
      eventId: `${orderId}-again`,
      version: 1,
      occurredAt: '2026-11-24T00:00:00.000Z',
      correlationId: 'dlq-test',
      data: {
        orderId,
        customerId: 'alice',
        lines: [{ sku: 'tea', quantity: 1 }],
        total: { amount: 500, currency: 'EUR' },
        ...data,
      },
    },
  });

const listDeadLetters = async (queue: string): Promise<readonly DeadLetter[]> =>
  expectStatus(
    200,
    await call<{ items: DeadLetter[] }>(`GET /dead-letters/${queue}`, { token: staff() }),
  ).body.items;
const depthOf = async (queue: string): Promise<number | undefined> =>
  expectStatus(
    200,
    await call<{ items: { queue: string; messages: number }[] }>('GET /dead-letters', {
      token: staff(),
    }),
  ).body.items.find((one) => one.queue === queue)?.messages;

/** Queues into which the tests put messages. No other test waits for them. */
const QUEUES = [
  CONFIRMED,
  'inventory-EventPublishing-Failed',
  'orders-StockOutcome-Failed',
  'orders-StockOutcome-Undelivered',
  'reconciliation-WatchSchedule-Undelivered',
];
// A deployed stage may have messages of an earlier run.
beforeAll(async () => {
  if (inject('account') === undefined) return;
  for (const queue of QUEUES) await runDeadLetters('discard', queue, '--all');
});

// Each test has its own queue.
describe.runIf(canReachAws()).concurrent('dead letters', () => {
  test('are assessed by their orders and redriven when useful', async () => {
    const tea = await createStockedSku('dlq', 10);
    const done = await completeOrder(tea, 2);
    const sku = await createStockedSku('dlq-cancelled', 10);
    const cancelled = await placeOrder(sku, 1);
    expectStatus(
      200,
      await call(`POST /orders/${cancelled.orderId}/cancellation`, {
        token: inject('aliceToken'),
        body: {},
      }),
    );
    const ids = {
      done: await putIntoQueue(
        'inventory-OrderConfirmedFailed',
        orderConfirmedMessage(done.orderId),
      ),
      cancelled: await putIntoQueue(
        'inventory-OrderConfirmedFailed',
        orderConfirmedMessage(cancelled.orderId),
      ),
      nobody: await putIntoQueue(
        'inventory-OrderConfirmedFailed',
        orderConfirmedMessage('nobodys'),
      ),
      poison: await putIntoQueue(
        'inventory-OrderConfirmedFailed',
        orderConfirmedMessage('bad', { lines: 'none' }),
      ),
      noise: await putIntoQueue('inventory-OrderConfirmedFailed', 'noise'),
    };

    const letters = new Map(
      (await listDeadLetters(CONFIRMED)).map((letter) => [letter.messageId, letter]),
    );

    expect(letters.get(ids.done)).toMatchObject({
      summary: 'OrderConfirmed',
      orderId: done.orderId,
      verdict: 'harmless',
      currentState: expect.stringContaining('is COMPLETED, its reservation COMMITTED'),
    });
    expect(letters.get(ids.cancelled)).toMatchObject({
      verdict: 'superseded',
      currentState: expect.stringContaining('is CANCELLED'),
    });
    expect(letters.get(ids.nobody)).toMatchObject({
      verdict: 'superseded',
      currentState: 'Order nobodys does not exist.',
    });
    expect(letters.get(ids.poison)).toMatchObject({
      summary: 'OrderConfirmed',
      eventId: 'bad-again',
      cause: expect.stringContaining('data.lines'),
      verdict: 'harmless',
    });
    expect(letters.get(ids.noise)).toMatchObject({ cause: 'the body is not JSON' });
    expect(letters.size).toBe(5);

    const explained = await runDeadLetters('explain', CONFIRMED);
    expect(explained.code).toBe(1);
    expect(explained.stdout).toContain(`${CONFIRMED}: 5 messages`);
    expect(explained.stdout).toContain('Order nobodys does not exist.');

    const dry = await runDeadLetters('redrive', CONFIRMED, '--dry-run');
    expect(dry.stdout).toContain('1 wouldBeRedriven, 4 skipped');
    expect(await depthOf(CONFIRMED)).toBe(5);

    const redriven = await runDeadLetters('redrive', CONFIRMED);
    expect(redriven.stdout).toContain('1 redriven, 4 skipped');
    expect(redriven.code).toBe(1);
    await waitForLogs(
      ({ line }) => line.eventId === `${done.orderId}-again` && line.message === 'event handled',
    );
    // Units that were committed before are not committed again.
    expect(await getStock(tea)).toMatchObject({ onHand: 10, committed: 2 });

    const some = await runDeadLetters('discard', CONFIRMED, '--id', ids.noise, '--id', 'never-was');
    expect(some.stdout).toContain('1 notFound, 1 discarded');
    const all = await runDeadLetters('discard', CONFIRMED, '--all');
    expect(all.stdout).toContain('3 discarded');
    expect(await listDeadLetters(CONFIRMED)).toEqual([]);
    const kept = readFileSync(path.join(folder, `discarded-${CONFIRMED}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    expect(kept.map((line) => JSON.parse(line))).toContainEqual({
      messageId: ids.noise,
      body: 'noise',
    });
    expect(kept).toHaveLength(4);
  });

  test('have the error that EventBridge recorded for an undelivered event', async () => {
    const queue = 'orders-StockOutcome-Undelivered';
    await putIntoQueue('orders-StockOutcomeUndelivered', orderConfirmedMessage('nobodys'), {
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: 'The queue rejected it',
    });

    expect(await listDeadLetters(queue)).toMatchObject([
      { cause: 'NO_PERMISSIONS: The queue rejected it' },
    ]);
    expect((await runDeadLetters('discard', queue, '--all')).code).toBe(0);
  });

  test('have the cause from the log of their consumer', async () => {
    const sentAt = Date.now();
    const messageId = await putIntoQueue(
      'inventory-OrderConfirmedQueue',
      orderConfirmedMessage('bad', { total: 1 }),
    );
    const [failed] = await waitForLogs(({ line }) => line.messageId === messageId);

    const client = new CloudWatchLogsClient(awsClientConfig('aws'));
    const letter = {
      messageId,
      receiptHandle: '',
      body: '',
      sentAt,
      content: { kind: 'event', summary: '' },
    } as const;
    const faultsOf = (group: string) =>
      new CloudWatchConsumerLogs(client, [
        { queue: CONFIRMED, kind: 'event', queueName: 'name', logGroup: group },
      ]).findErrors(CONFIRMED, [letter]);
    const groups = await Promise.all(logGroups().map(faultsOf));

    const errors = groups.flatMap((group) => [...group.values()]);
    expect([failed?.line.error]).toMatchObject(errors.map((message) => ({ message })));
    expect(errors).toEqual([expect.stringContaining('total')]);
    expect(await faultsOf('no-such-group')).toEqual(new Map());
  });

  test('with a stream range are read from the stream again', async () => {
    const queue = 'inventory-EventPublishing-Failed';
    const sku = await createStockedSku('dlq-stream', 3);
    const stream = await TableStream.open(awsClientConfig('dynamodb'), tableName('inventory'));
    const { shardId, record } = await findMovement(stream, sku);
    const at = record.dynamodb?.SequenceNumber ?? '';
    const isPublished = ({ functionName, line }: LogLine) =>
      functionName === 'inventory/PublishEvents' && line.type === 'StockReceived';
    const before = await waitForLogs(isPublished);
    const batch = {
      batchSize: 1,
      shardId,
      startSequenceNumber: at,
      endSequenceNumber: at,
      streamArn: stream.arn,
      approximateArrivalOfFirstRecord: new Date().toISOString(),
    };
    const givenUp = {
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 51 },
      DDBStreamBatchInfo: batch,
    };
    await putIntoQueue('inventory-EventPublishingFailed', JSON.stringify(givenUp));

    expect(await listDeadLetters(queue)).toMatchObject([
      {
        summary: expect.stringMatching(/^1 change of /),
        cause: expect.stringContaining('51'),
        verdict: 'useful',
      },
    ]);
    const redriven = await runDeadLetters('redrive', queue);

    expect(redriven.stdout).toContain('1 redriven');
    expect(redriven.code).toBe(0);
    await waitUntil(
      async () => (await readLogLines()).filter(isPublished).length,
      (count) => count > before.length,
      LOGS_POLL_MILLISECONDS,
    );
    expect(await depthOf(queue)).toBe(0);

    const lost = {
      ...batch,
      startSequenceNumber: '999999999999999999999',
      endSequenceNumber: '999999999999999999999',
    };
    await putIntoQueue(
      'inventory-EventPublishingFailed',
      JSON.stringify({ ...givenUp, DDBStreamBatchInfo: lost }),
    );
    const failed = await runDeadLetters('redrive', queue);

    expect(failed.stdout).toContain('1 failed');
    expect(failed.code).toBe(1);
    expect(await depthOf(queue)).toBe(1);
    await runDeadLetters('discard', queue, '--all');
    stream.close();
  });

  test('of schedules invoke their function again', async () => {
    // A stage on which no reconciliation has started has no changes to publish.
    await runReconciliation();
    const queue = 'reconciliation-WatchSchedule-Undelivered';
    await putIntoQueue(
      'reconciliation-WatchScheduleUndelivered',
      '{"scheduledTime":"2026-11-24T00:00:00Z"}',
    );

    const redriven = await runDeadLetters('redrive', queue);

    expect(redriven.stdout).toContain('run of 2026-11-24T00:00:00Z');
    // The message is removed only after the function has run without an error.
    expect(redriven.code).toBe(0);
    expect(await depthOf(queue)).toBe(0);
  });

  test('are handled in several requests when there are many', async () => {
    const queue = 'orders-StockOutcome-Failed';
    await Promise.all(
      Array.from({ length: 60 }, (_, number) =>
        putIntoQueue('orders-StockOutcomeFailed', `noise ${number}`),
      ),
    );

    const left = await runDeadLetters('redrive', queue);
    expect(left.stdout).toContain('50 skipped');
    expect(left.stdout).toContain('More messages follow');

    const all = await runDeadLetters('discard', queue, '--all');
    expect(all.stdout).toContain('60 discarded');
    expect(all.code).toBe(0);
    expect(await depthOf(queue)).toBe(0);
    const kept = readFileSync(path.join(folder, `discarded-${queue}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    expect(new Set(kept).size).toBe(60);
  });

  test('rejects wrong usage with a short message', async () => {
    const wrong = await Promise.all([
      runDeadLetters('explain', 'no-such-queue'),
      runDeadLetters('redrive'),
      runDeadLetters('discard', CONFIRMED),
      runDeadLetters('mend', CONFIRMED),
      runDeadLetters('redrive', CONFIRMED, 'orders-EventPublishing-Failed'),
    ]);

    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    expect(wrong[0]?.stderr).toContain('There is no such dead-letter queue');
    expect(wrong[2]?.stderr).toContain('Name messages with --id');
  });
});

/** Returns the names of the log groups of inventory's functions. */
function logGroups(): readonly string[] {
  const account = inject('account');
  if (account !== undefined)
    return Object.entries(account.logGroups).flatMap(([of, group]) =>
      of.startsWith('inventory/') ? [group] : [],
    );
  return (local?.logGroups ?? []).filter((group) => group.includes('-inventory-'));
}

async function findMovement(stream: TableStream, sku: string) {
  for (const { ShardId: shardId = '' } of await stream.listShards()) {
    let iterator = await stream.getIterator(shardId, undefined);
    while (iterator !== undefined) {
      const { records, nextIterator } = await stream.getRecords(iterator, 1_000);
      const record = records.find(
        ({ dynamodb }) =>
          dynamodb?.NewImage?.type?.S === 'movements' && dynamodb.NewImage.sku?.S === sku,
      );
      if (record !== undefined) return { shardId, record };
      iterator = records.length === 0 ? undefined : nextIterator;
    }
  }
  throw new Error(`no movement of ${sku} in the stream`);
}
