import { describe, expect, test } from 'vitest';
import { IDLE_METRICS } from '../../../bench/budgets/idle-cost/idle-metrics.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { watchRuns } from '../../../lambdas/reconciliation/use-cases/runs/watch-runs.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';
import { ALERT, RUN, RUN_INPUT, reconcile } from './run-builders.ts';

describe('the hourly check', () => {
  test('writes metrics of the open findings and the age of the last completed run', async () => {
    const { ports, metrics } = await reconcile({ policy: ALERT });

    await watchRuns(ports, NOON + seconds(7_200));

    expect(metrics.written.at(-1)).toEqual({
      FindingsOpen: { value: 6, unit: 'Count' },
      // Three units of the balance, and two of each of two reservations.
      DriftUnits: { value: 7, unit: 'Count' },
      LastReconciliationAge: { value: expect.closeTo(7_200, 0), unit: 'Seconds' },
    });
  });

  test.each([
    ['idle for half an hour is retried', 31 * 60, 'RUNNING', 7],
    ['busy a minute ago is not retried', 60, 'RUNNING', 0],
    ['not completed within 20 hours is marked as failed', 20 * 3_600 + 1, 'FAILED', 0],
  ])('counts a run that is %s', async (_case, age, status, sent) => {
    const { ports, runs, queue, metrics } = createReconciliationPorts();
    await startReconciliation(ports, RUN_INPUT);
    queue.messages.splice(0);

    await watchRuns(ports, NOON + seconds(age));

    expect(runs.all.get(RUN)?.status).toBe(status);
    expect(queue.messages).toHaveLength(sent);
    expect(metrics.written[0]?.ReconciliationsFailed?.value).toBe(
      status === 'FAILED' ? 1 : undefined,
    );
  });

  test('writes only the metrics of the cost model for an idle stage', async () => {
    const { ports, metrics } = await reconcile({ policy: ALERT });
    const ofRun = metrics.written.map((written) => Object.keys(written).sort());
    const idle = createReconciliationPorts();
    await startReconciliation(idle.ports, RUN_INPUT);

    await watchRuns(ports, NOON);
    await watchRuns(idle.ports, NOON);

    expect(ofRun).toEqual([IDLE_METRICS.StartScheduledReconciliation]);
    expect(idle.metrics.written.map(Object.keys)).toEqual([IDLE_METRICS.WatchRuns]);
  });

  test('writes no metric for a new stage without findings', async () => {
    const { ports, metrics } = createReconciliationPorts();

    await watchRuns(ports, NOON);

    expect(metrics.written).toEqual([{}]);
  });

  test('uses the age of the oldest start while no run has completed', async () => {
    const { ports, metrics } = createReconciliationPorts();
    await startReconciliation(ports, RUN_INPUT);

    await watchRuns(ports, NOON + seconds(60));

    expect(metrics.written).toEqual([{ LastReconciliationAge: { value: 60, unit: 'Seconds' } }]);
  });
});
