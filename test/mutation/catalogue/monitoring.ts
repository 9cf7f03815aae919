import { inCli, inOrders, inReconciliation, inTemplates, type Mutant } from '../mutant.ts';

/** Guards of the alarms, and of the capacity that a rate of orders needs. */
export const MONITORING_MUTANTS: readonly Mutant[] = [
  inReconciliation('use-cases/runs/watch-runs')(
    'a run that never finished has no age',
    ' ?? runs.at(-1)?.startedAt',
    '',
  ),
  inReconciliation('use-cases/watch-dead-letters')(
    'one dead letter is not counted',
    '({ messages }) => messages > 0',
    '({ messages }) => messages > 1',
  ),
  inOrders('use-cases/saga/saga-error')(
    'an order that is cancelled for want of its stock outcome is not counted as such',
    'name === TIMEOUT ?',
    "name === 'Timeout' ?",
  ),
  inTemplates('constructs/messaging/event-subscription')(
    'messages may wait for an hour',
    '      threshold: QUEUE_AGE_SECONDS_MAX,',
    '      threshold: 3_600,',
  ),
  inTemplates('constructs/storage/context-table')(
    'throttled indexes are not watched',
    '[undefined, ...indexes].flatMap',
    '[undefined].flatMap',
  ),
  inTemplates('constructs/monitoring/reconciliation-alarms')(
    'a reconciliation is missing after a day, whatever its schedule',
    'const seconds = gapSeconds + RUN_SECONDS_MAX;',
    'const seconds = 86_400 + RUN_SECONDS_MAX;',
  ),
  inTemplates('constructs/monitoring/dead-letter-monitor')(
    'dead letters are counted in no stage',
    "isEnabled: config.monitoring !== 'none'",
    'isEnabled: false',
  ),
  inCli('preflight/capacity')(
    'a quota that was not found is enough',
    "quota === undefined ? 'unknown'",
    "quota === undefined ? 'enough'",
  ),
  inCli('preflight/capacity')(
    'a quota that is one too small is enough',
    'quota.value >= required',
    'quota.value >= required - 1',
  ),
  inCli('preflight/order-usage')(
    'shipping an order needs no units',
    "['commit two lines', 'ship two lines']",
    "['commit two lines']",
  ),
];
