import { type Harness, STAFF } from './harness.ts';

/** Starts a full run, waits until it ends, and returns it. */
export async function reconcile(
  harness: Harness,
  key: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { reconciliationId } = await harness.requestOk<{ reconciliationId: string }>(
    'POST /reconciliations',
    {
      by: STAFF,
      key,
      body: { full: true },
    },
  );
  await harness.world.settle();
  return harness.requestOk(`GET /reconciliations/${reconciliationId}`, { by: STAFF });
}

/** Adds a violation unless another run completes without findings. */
export async function expectNoFindings(harness: Harness, key = 'final'): Promise<void> {
  const run = await reconcile(harness, key);
  if (run.status !== 'COMPLETED' || run.findings !== 0)
    harness.addViolation(`the ${key} run has findings: ${JSON.stringify(run)}`);
}

type FindingSummary = { readonly kind: string; readonly subject: string };

/** Adds a violation unless exactly one finding of this kind and subject was found and closed. */
export async function expectClosedFinding(harness: Harness, expected: string): Promise<void> {
  const { items } = await harness.requestOk<{ items: readonly FindingSummary[] }>(
    'GET /findings?status=closed&limit=100',
    { by: STAFF },
  );
  const found = items.map(({ kind, subject }) => `${kind} ${subject}`);
  if (found.join() !== expected)
    harness.addViolation(`the closed findings are ${found}, not ${expected}`);
}
