import { type Mutant, ofOrders, ofRuns, ofTemplates, ofTools } from '../mutant.ts';

/** What is watched, and what a rate of orders needs. */
export const OF_WATCH: readonly Mutant[] = [
  ofRuns('use-cases/watch-runs')(
    'a run that never finished has no age',
    ' ?? runs.at(-1)?.startedAt',
    '',
  ),
  ofRuns('use-cases/watch-dead-letters')(
    'one dead letter is not counted',
    '({ messages }) => messages > 0',
    '({ messages }) => messages > 1',
  ),
  ofOrders('use-cases/saga-error')(
    'an order that is cancelled for want of its stock outcome is not counted as such',
    'name === TIMEOUT ?',
    "name === 'Timeout' ?",
  ),
  ofTemplates('constructs/messaging/event-subscription')(
    'messages may wait for an hour',
    '      threshold: QUEUE_AGE_SECONDS_MAX,',
    '      threshold: 3_600,',
  ),
  ofTemplates('constructs/storage/context-table')(
    'throttled indexes are not watched',
    '[undefined, ...indexes].flatMap',
    '[undefined].flatMap',
  ),
  ofTemplates('constructs/monitoring/reconciliation-alarms')(
    'a reconciliation is missing after a day, whatever its schedule',
    'const seconds = gapSeconds + RUN_SECONDS_EXPECTED;',
    'const seconds = 86_400 + RUN_SECONDS_EXPECTED;',
  ),
  ofTemplates('constructs/monitoring/dead-letter-watch')(
    'dead letters are counted in no stage',
    "isEnabled: config.monitoring !== 'none'",
    'isEnabled: false',
  ),
  ofTools('preflight/capacity')(
    'a quota that was not found is enough',
    "quota === undefined ? 'unknown'",
    "quota === undefined ? 'enough'",
  ),
  ofTools('preflight/capacity')(
    'a quota that is one too small is enough',
    'quota.value >= needed',
    'quota.value >= needed - 1',
  ),
  ofTools('preflight/order-needs')(
    'shipping an order needs no units',
    "['commit two lines', 'ship two lines']",
    "['commit two lines']",
  ),
];
