import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { consumeEach, queueHandler } from '../../../lambdas/shared/events/queue-handler.ts';
import { arnOf, DEVELOPER_CREDENTIALS, region } from '../../../local/account.ts';
import type { InvokeResult } from '../../../local/functions/invoke.ts';
import { type Poller, pollQueue } from '../../../local/messaging/queue-poller.ts';
import { type Queues, startQueues } from '../../../local/messaging/queues.ts';
import { aContext } from '../../support/http/http-event.ts';

const VISIBILITY_SECONDS = 5;
/** First delay after an error. */
const REDELIVERY_SECONDS = 2;
const SECOND = 1_000;
const WAIT = { timeout: 30_000, interval: 20 };
const Event = z.object({ thing: z.string() });

let queues: Queues | undefined;
let poller: Poller | undefined;
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await poller?.stop();
  await queues?.stop();
});

/**
 * Sends one message to a consumer that fails once. Returns the seconds between its first and its
 * second receive.
 */
async function measureRedeliverySeconds(fails: 'by an error' | 'by a crash'): Promise<number> {
  queues = await startQueues();
  const received: number[] = [];
  const handler = queueHandler(
    {
      Happened: consumeEach(Event, async () => {
        if (received.length === 1) throw new Error('cannot be done');
      }),
    },
    new SQSClient({
      endpoint: queues.endpoint,
      region: region(),
      credentials: DEVELOPER_CREDENTIALS,
      useQueueUrlAsEndpoint: false,
    }),
  );
  const invoke = async (_arn: string, event: unknown): Promise<InvokeResult> => {
    received.push(Date.now());
    if (fails === 'by a crash' && received.length === 1)
      return { ok: false, error: { errorType: 'Runtime.ExitError', errorMessage: 'ended' } };
    const payload = await handler(event as Parameters<typeof handler>[0], aContext());
    return { ok: true, payload };
  };
  await queues.create('things', { VisibilityTimeout: VISIBILITY_SECONDS });
  const queueArn = arnOf('sqs', 'things');
  const mapping = {
    EventSourceArn: queueArn,
    FunctionName: 'f',
    FunctionResponseTypes: ['x'],
    BatchSize: 10,
  };
  poller = await pollQueue(mapping as Parameters<typeof pollQueue>[0], queues, invoke);
  await queues.send(
    queueArn,
    JSON.stringify({ 'detail-type': 'Happened', detail: { thing: 'a' } }),
  );

  await expect.poll(() => received.length, WAIT).toBe(2);
  const [first = 0, second = 0] = received;
  return (second - first) / SECOND;
}

test('a message is redelivered after the delay of its consumer, before its visibility timeout', async () => {
  const seconds = await measureRedeliverySeconds('by an error');

  expect(seconds).toBeGreaterThanOrEqual(REDELIVERY_SECONDS - 0.1);
  expect(seconds).toBeLessThan(VISIBILITY_SECONDS);
});

test('a message of a crashed consumer is redelivered after its visibility timeout', async () => {
  expect(await measureRedeliverySeconds('by a crash')).toBeGreaterThanOrEqual(
    VISIBILITY_SECONDS - 0.1,
  );
});
