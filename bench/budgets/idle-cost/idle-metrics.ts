/**
 * Metrics that the app writes itself while no order comes, by the function that writes them.
 * test/unit/reconciliation/runs.test.ts compares them with what the functions write.
 */
export const IDLE_METRICS: Readonly<Record<string, readonly string[]>> = {
  /** Each hour. */
  WatchRuns: ['LastReconciliationAge'],
  /** At the end of each reconciliation. */
  StartScheduledReconciliation: [
    'CellsChecked',
    'CellsUnsettled',
    'OrdersChecked',
    'ReconciliationDuration',
    'ReconciliationsCompleted',
  ],
};
