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
