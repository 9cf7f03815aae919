import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import type { Target } from './clients.ts';

export const BUCKET_SECONDS = 1;
/** Time between two changes of a `shardCount`. */
export const REBALANCE_INTERVAL_MILLISECONDS = 150;

/** Starts a local runtime whose holds end at whole seconds. It runs until `stop` is called. */
export async function startTarget(): Promise<Target & { readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-linearizability-'));
  const runtime = await startRuntime({
    port: 0,
    logDirectory: folder,
    context: { holdSeconds: '8', holdGranularitySeconds: String(BUCKET_SECONDS) },
  });
  return {
    api: runtime.api,
    staffToken: await runtime.tokenFor('staff'),
    confirm: (reservationId, sku) => deliverOrderConfirmed(runtime, reservationId, sku),
    stop: async () => {
      await runtime.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const BatchResponse = z.object({ batchItemFailures: z.array(z.unknown()) });

async function deliverOrderConfirmed(
  runtime: Runtime,
  orderId: string,
  sku: string,
): Promise<void> {
  const detail = {
    eventId: `confirmed-${orderId}`,
    version: 1,
    occurredAt: new Date().toISOString(),
    correlationId: orderId,
    data: {
      orderId,
      customerId: 'customer',
      lines: [{ sku, quantity: 1 }],
      total: { amount: 1, currency: 'EUR' },
    },
  };
  const body = JSON.stringify({ 'detail-type': 'OrderConfirmed', detail });
  const Records = [{ messageId: orderId, body }];
  const response = BatchResponse.parse(
    await runtime.invokeFunction('CommitReservation', { Records }),
  );
  if (response.batchItemFailures.length > 0)
    throw new Error(`Reservation ${orderId} was not committed.`);
}

type SkuSettings = { readonly shardCount: number; readonly units: number };

/** Creates a SKU with a number of shards and units. */
export async function createSku(
  target: Target,
  sku: string,
  { shardCount, units }: SkuSettings,
): Promise<void> {
  await setShardCount(target, sku, shardCount);
  await expectOk(
    await fetch(`${target.api}/stock/${sku}/receipts`, {
      method: 'POST',
      headers: { ...headersOf(target), 'idempotency-key': `first-${sku}` },
      body: JSON.stringify({ quantity: units }),
    }),
  );
}

/** Sets the number of shards. Repeats the request while other changes conflict with it. */
export async function setShardCount(
  target: Target,
  sku: string,
  shardCount: number,
): Promise<void> {
  for (;;) {
    const response = await fetch(`${target.api}/stock/${sku}`, {
      method: 'PUT',
      headers: headersOf(target),
      body: JSON.stringify({ shardCount }),
    });
    if (response.status !== 503) return expectOk(response);
    await response.body?.cancel();
  }
}

export const headersOf = ({ staffToken }: Target) => ({
  authorization: `Bearer ${staffToken}`,
  'content-type': 'application/json',
});

async function expectOk(response: globalThis.Response): Promise<void> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} returned ${response.status} ${text}`);
}
