import { inShared, inTemplates, type Mutant } from '../mutant.ts';

const UNIT_TESTS = [['test/unit/shared']];
const REDELIVERY_TESTS = [['test/unit/shared'], ['test/simulation/redelivery']];
const DELIVERY_TIME_TESTS = [['test/infra/messaging/delivery']];

const delivery = inShared('events/delivery-times', DELIVERY_TIME_TESTS);

/** Guards of the delivery of events and of requests between services. */
export const DELIVERY_MUTANTS: readonly Mutant[] = [
  inShared('events/queue-handler', REDELIVERY_TESTS)(
    'a failed message waits for the visibility timeout of its queue',
    '    .use(redeliverFailures(client))\n',
    '',
  ),
  inShared('events/delivery-times', REDELIVERY_TESTS)(
    'the redelivery delay is that of the next receive',
    'REDELIVERY_SECONDS[receives - 1];',
    'REDELIVERY_SECONDS[receives];',
  ),
  inShared('events/redelivery', UNIT_TESTS)(
    'a failed visibility change discards the batch response',
    "      logger.warn('visibility timeout not changed', {\n        messages: Entries.length,\n        error: String(error),\n      });",
    '      throw error;',
  ),
  delivery(
    'the saga waits for one of the two deliveries only',
    'STOCK_OUTCOME_SECONDS_MAX = 2 * EVENT_SECONDS_MAX;',
    'STOCK_OUTCOME_SECONDS_MAX = EVENT_SECONDS_MAX;',
  ),
  delivery(
    'the worst case omits an error just before the timeout',
    'Math.max(visibilitySecondsOf(consumerSeconds), consumerSeconds + seconds)',
    'visibilitySecondsOf(consumerSeconds)',
  ),
  inTemplates('constructs/messaging/event-subscription')(
    'a message whose consumer crashed is redelivered after three minutes',
    'Duration.seconds(visibilitySecondsOf(consumer.timeoutSeconds))',
    'Duration.minutes(3)',
  ),
  inShared('http/signed-client', UNIT_TESTS)(
    'the signed client does not retry 429 from inventory',
    'status === 429 || status >= 500;',
    'status >= 500;',
  ),
  inShared('http/signed-client', UNIT_TESTS)(
    'the signed client waits for a retry that starts after its deadline',
    'if (tried === ATTEMPTS_MAX || !isInTime)',
    'if (tried === ATTEMPTS_MAX)',
  ),
  inShared('http/signed-client', UNIT_TESTS)(
    'the signed client retries before Retry-After has passed',
    'retryAfterSeconds === undefined\n          ? systemRandom()',
    'systemRandom() < 1\n          ? systemRandom()',
  ),
  inShared('http/retry-after', UNIT_TESTS)(
    'clients rejected together receive the same Retry-After',
    'return seconds + Math.floor(random() * (jitter + 1));',
    'return seconds;',
  ),
  inShared('events/put-events', UNIT_TESTS)(
    'a PutEvents entry without an error code counts as accepted',
    '        if (EventId !== undefined) continue;',
    "        if (ErrorCode === '') continue;",
  ),
  inTemplates('constructs/storage/context-table')(
    'a role without a write grant may write the table',
    'functions.filter((one) => one.canPerformAny(this.tableArn, WRITE_ACTIONS));',
    'functions.filter((one) => one.roleArn.length > 0);',
  ),
  inTemplates('constructs/storage/context-table')(
    'PartiQL may perform deletes that are otherwise denied',
    "  'dynamodb:PartiQLDelete',\n",
    '',
  ),
  inShared('http/validation-message', UNIT_TESTS)(
    'a missing field is reported as a field of the wrong type',
    "  if (issue.input === undefined && issue.code !== 'custom') return 'is required';\n",
    '',
  ),
  delivery(
    'work counts as late while its event may still be redelivered',
    'Math.ceil(EVENT_SECONDS_MAX / MINUTE_SECONDS) * MINUTE_SECONDS;',
    '5 * MINUTE_SECONDS;',
  ),
];
