import { inShared, inTemplates, type Mutant } from '../mutant.ts';

const UNIT_TESTS = [['test/unit/shared']];
const REDELIVERY_TESTS = [['test/unit/shared'], ['test/simulation/redelivery']];
const DELIVERY_TIME_TESTS = [['test/infra/messaging/delivery']];

const delivery = inShared('events/delivery-times', DELIVERY_TIME_TESTS);

/** Guards of the delivery of events and of requests between services. */
export const DELIVERY_MUTANTS: readonly Mutant[] = [
  inShared('events/queue-handler', REDELIVERY_TESTS)(
    'a message that failed waits for the visibility timeout of its queue',
    '    .use(redeliverFailures(client))\n',
    '',
  ),
  inShared('events/delivery-times', REDELIVERY_TESTS)(
    'the delay before a redelivery is that of the next receive',
    'REDELIVERY_SECONDS[receives - 1];',
    'REDELIVERY_SECONDS[receives];',
  ),
  inShared('events/redelivery', UNIT_TESTS)(
    'a message is lost to its report when SQS does not change its visibility timeout',
    "      logger.warn('visibility timeout not changed', {\n        messages: Entries.length,\n        error: String(error),\n      });",
    '      throw error;',
  ),
  delivery(
    'the saga waits for one of the two deliveries only',
    'STOCK_OUTCOME_SECONDS_MAX = 2 * EVENT_SECONDS_MAX;',
    'STOCK_OUTCOME_SECONDS_MAX = EVENT_SECONDS_MAX;',
  ),
  delivery(
    'the worst case counts crashes, and no error at the last moment',
    'Math.max(visibilitySecondsOf(consumerSeconds), consumerSeconds + seconds)',
    'visibilitySecondsOf(consumerSeconds)',
  ),
  inTemplates('constructs/messaging/event-subscription')(
    'a message whose consumer died comes back after three minutes',
    'Duration.seconds(visibilitySecondsOf(consumer.timeoutSeconds))',
    'Duration.minutes(3)',
  ),
  inShared('http/signed-client', UNIT_TESTS)(
    '429 from inventory is not retried by the signed client',
    'status === 429 || status >= 500;',
    'status >= 500;',
  ),
  inShared('http/signed-client', UNIT_TESTS)(
    'the signed client waits for a retry that comes after its time',
    'if (tried === ATTEMPTS_MAX || !isInTime)',
    'if (tried === ATTEMPTS_MAX)',
  ),
  inShared('http/signed-client', UNIT_TESTS)(
    'the signed client retries before Retry-After is over',
    'retryAfterSeconds === undefined\n          ? systemRandom()',
    'systemRandom() < 1\n          ? systemRandom()',
  ),
  inShared('http/retry-after', UNIT_TESTS)(
    'clients that are rejected together are told the same time',
    'return seconds + Math.floor(random() * (jitter + 1));',
    'return seconds;',
  ),
  inShared('events/put-events', UNIT_TESTS)(
    'an entry of PutEvents is taken where it has no error code',
    '        if (EventId !== undefined) continue;',
    "        if (ErrorCode === '') continue;",
  ),
  inTemplates('constructs/storage/context-table')(
    'a role that is granted no write may write the table',
    'functions.filter((one) => one.canPerformAny(this.tableArn, WRITE_ACTIONS));',
    'functions.filter((one) => one.roleArn.length > 0);',
  ),
  inTemplates('constructs/storage/context-table')(
    'PartiQL may delete what no other write may',
    "  'dynamodb:PartiQLDelete',\n",
    '',
  ),
  inShared('http/validation-message', UNIT_TESTS)(
    'a missing field is called one of the wrong type',
    "  if (issue.input === undefined && issue.code !== 'custom') return 'is required';\n",
    '',
  ),
  delivery(
    'work counts as late while its event may still be redelivered',
    'Math.ceil(EVENT_SECONDS_MAX / MINUTE_SECONDS) * MINUTE_SECONDS;',
    '5 * MINUTE_SECONDS;',
  ),
];
