/**
 * Metrics that the app writes without orders, by the function that writes them.
 * test/unit/reconciliation/hourly-check.test.ts compares them with the metrics that the functions
 * write.
 */
export const IDLE_METRICS: Readonly<Record<string, readonly string[]>> = {
  /** Written each hour. */
  WatchRuns: ['LastReconciliationAge'],
  /** Written at the end of each reconciliation. */
  StartScheduledReconciliation: [
    'CellsChecked',
    'CellsUnsettled',
    'OrdersChecked',
    'ReconciliationDuration',
    'ReconciliationsCompleted',
  ],
};
