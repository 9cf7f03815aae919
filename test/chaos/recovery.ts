import { look } from '../simulator/checks/level-checker.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { World } from '../simulator/world.ts';
import { restoreLocations } from './locations.ts';
import { approveCounts } from './stock-counts.ts';

const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;
const RECONCILIATION_INTERVAL_MINUTES = 15;
const RECONCILIATIONS = 5;
const RECOVERY_ROUNDS_MAX = 6;

/** Starts a reconciliation every 15 minutes while faults occur; every second one is full. */
export async function reconcileRepeatedly(world: World): Promise<void> {
  for (let time = 0; time < RECONCILIATIONS; time += 1) {
    await world.time.wait(RECONCILIATION_INTERVAL_MINUTES * MINUTE);
    await requestWithRetry(world, 'POST /reconciliations', {
      by: STAFF,
      key: `run-${time}`,
      body: { full: time % 2 === 1 },
    });
  }
}

/** Looks at the levels each minute, as long as reconciliations start. A failed look is skipped. */
export async function lookRepeatedly(world: World): Promise<void> {
  for (let time = 0; time < RECONCILIATION_INTERVAL_MINUTES * RECONCILIATIONS; time += 1) {
    await world.time.wait(MINUTE);
    await look(world);
  }
}

type Run = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly findings: number;
};
type FindingSummary = {
  readonly findingId: string;
  readonly revision: number;
  readonly kind: string;
  readonly subject: string;
  readonly explanation: string;
};

/** A refund that the provider always rejects stays a finding: staff must resolve the order. */
const UNREPAIRABLE_KINDS = new Set(['ORDER_NEEDS_ATTENTION']);

/**
 * Recovers as an operator does: redrives dead letters, approves counts, stores the lost settings of
 * locations again, and reconciles until nothing is found. Returns a violation for each finding that
 * remains.
 */
export async function recoverSystem(world: World): Promise<string[]> {
  let remaining: readonly FindingSummary[] = [];
  for (let time = 0; time < RECOVERY_ROUNDS_MAX; time += 1) {
    world.queues.redrive();
    await world.settle();
    await world.time.wait(20 * MINUTE);
    const started = await requestWithRetry<Run>(world, 'POST /reconciliations', {
      by: STAFF,
      key: `recovery-${time}`,
      body: { full: true },
    });
    await world.settle();
    const run = await requestWithRetry<Run>(
      world,
      `GET /reconciliations/${started.body.reconciliationId}`,
      {
        by: STAFF,
      },
    );
    if (run.body.status !== 'COMPLETED') return [`I9 the run ended as ${run.body.status}`];
    const open = await requestWithRetry<{ items: readonly FindingSummary[] }>(
      world,
      'GET /findings?status=open&limit=100',
      {
        by: STAFF,
      },
    );
    remaining = open.body.items.filter(({ kind }) => !UNREPAIRABLE_KINDS.has(kind));
    await approveCounts({ world }, remaining, time);
    await restoreLocations(world, remaining);
    if (run.body.findings === open.body.items.length && remaining.length === 0 && !world.isBusy)
      break;
  }
  return remaining.map(
    ({ kind, subject, explanation }) => `I9 ${kind} ${subject} was not repaired: ${explanation}`,
  );
}
