import { type Flow, STAFF } from './harness.ts';
import { expectNoFindings } from './reconciliation-steps.ts';
import { DAY, invokeScheduled, placeAndPayOrder, stockSku } from './steps.ts';

/** Number of changes after which an audit writes a checkpoint, plus two. */
const ADJUSTMENTS = 52;

/** Flows of runs that find nothing to repair. */
export const runFlows: readonly Flow[] = [
  {
    name: 'a run writes a checkpoint for a cell with many changes',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 10);
      for (let change = 0; change < ADJUSTMENTS; change += 1) {
        const body = { delta: change % 2 === 0 ? 1 : -1, reason: 'other' };
        await harness.requestOk('POST /stock/tea/adjustments', {
          by: STAFF,
          key: `change-${change}`,
          body,
        });
      }
      await harness.world.time.wait(DAY);
    },
    act: async (harness) => {
      const { reconciliationId } = await harness.requestOk<{ reconciliationId: string }>(
        'POST /reconciliations',
        {
          by: STAFF,
          key: 'first',
          body: {},
        },
      );
      await harness.world.settle();
      await harness.requestOk(`GET /reconciliations/${reconciliationId}`, { by: STAFF });
    },
    check: (harness) => expectNoFindings(harness),
  },
  {
    name: 'schedules start a nightly run and watch the runs',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      await invokeScheduled(harness, 'reconciliation/start-scheduled-reconciliation', {
        scheduledTime: new Date().toISOString(),
      });
      await harness.world.settle();
      await invokeScheduled(harness, 'reconciliation/watch-runs', {});
    },
    allowedOrderStatuses: [['COMPLETED']],
    check: (harness) => expectNoFindings(harness),
  },
];
