import { inCli, inOrders, inReconciliation, inTemplates, type Mutant } from '../mutant.ts';

/** Guards of the alarms, and of the capacity that a rate of orders needs. */
export const MONITORING_MUTANTS: readonly Mutant[] = [
  inReconciliation('use-cases/runs/watch-runs')(
    'a run that never completed has no age',
    ' ?? runs.at(-1)?.startedAt',
    '',
  ),
  inReconciliation('use-cases/watch-dead-letters')(
    'a single dead letter is not counted',
    '({ messages }) => messages > 0',
    '({ messages }) => messages > 1',
  ),
  inOrders('use-cases/saga/saga-error')(
    'an order cancelled because its stock outcome timed out is not counted',
    'name === TIMEOUT ?',
    "name === 'Timeout' ?",
  ),
  inTemplates('constructs/messaging/event-subscription')(
    'messages may wait for an hour',
    '      threshold: QUEUE_AGE_SECONDS_MAX,',
    '      threshold: 3_600,',
  ),
  inTemplates('constructs/storage/context-table')(
    'throttled indexes have no alarm',
    '[undefined, ...indexes].flatMap',
    '[undefined].flatMap',
  ),
  inTemplates('constructs/monitoring/reconciliation-alarms')(
    'the reconciliation alarm ignores the configured schedule',
    'const seconds = gapSeconds + RUN_SECONDS_MAX;',
    'const seconds = 86_400 + RUN_SECONDS_MAX;',
  ),
  inTemplates('constructs/monitoring/dead-letter-monitor')(
    'dead letters are not counted in any stage',
    "isEnabled: config.monitoring !== 'none'",
    'isEnabled: false',
  ),
  inCli('preflight/capacity')(
    'an unknown quota counts as sufficient',
    "quota === undefined ? 'unknown'",
    "quota === undefined ? 'enough'",
  ),
  inCli('preflight/capacity')(
    'a quota one below the requirement counts as sufficient',
    'quota.value >= required',
    'quota.value >= required - 1',
  ),
  inCli('preflight/order-usage')(
    'shipping an order needs no capacity units',
    "['commit two lines', 'ship two lines']",
    "['commit two lines']",
  ),
];
