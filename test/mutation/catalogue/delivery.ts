import { type Mutant, ofContracts, ofShared, ofTemplates } from '../mutant.ts';

const UNITS = [['test/unit/shared']];
const REDELIVERED = [['test/unit/shared'], ['test/simulation/redelivery']];
const TIMES = [['test/infra/messaging/delivery']];

const delivery = ofShared('events/delivery', TIMES);

/** Guards of the delivery of events and of requests between services. */
export const OF_DELIVERY: readonly Mutant[] = [
  ofShared('events/queue-handler', REDELIVERED)(
    'a message that failed waits for the visibility timeout of its queue',
    '    await redeliverSoon(client, again);\n',
    '',
  ),
  ofShared('events/delivery', REDELIVERED)(
    'the delay before a redelivery is that of the next receive',
    'REDELIVERY_SECONDS[receives - 1];',
    'REDELIVERY_SECONDS[receives];',
  ),
  ofShared('events/redelivery', UNITS)(
    'a message is lost to its report when SQS does not change its visibility timeout',
    "      log.warn('redelivery not changed', { messages: Entries.length, error: String(fault) });",
    '      throw fault;',
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
  ofTemplates('constructs/messaging/event-subscription')(
    'a message whose consumer died comes back after three minutes',
    'Duration.seconds(visibilitySecondsOf(consumer.timeoutSeconds))',
    'Duration.minutes(3)',
  ),
  ofShared('http/signed-client', UNITS)(
    '429 from inventory is not retried by the signed client',
    'status === 429 || status >= 500;',
    'status >= 500;',
  ),
  ofShared('http/signed-client', UNITS)(
    'the signed client waits for a retry that comes after its time',
    'if (tried === TRIES_MAX || !isInTime)',
    'if (tried === TRIES_MAX)',
  ),
  ofShared('http/signed-client', UNITS)(
    'the signed client retries before Retry-After is over',
    'retryAfterSeconds === undefined\n          ? chance()',
    'chance() < 1\n          ? chance()',
  ),
  ofShared('http/retry-after', UNITS)(
    'clients that are rejected together are told the same time',
    'return seconds + Math.floor(random() * (spread + 1));',
    'return seconds;',
  ),
  ofShared('events/event-bus', UNITS)(
    'an entry of PutEvents is taken where it has no error code',
    '        if (EventId !== undefined) continue;',
    "        if (ErrorCode === '') continue;",
  ),
  ofTemplates('constructs/storage/context-table')(
    'a role that is granted no write may write the table',
    '      .filter((found) => found.mayDo(this.tableArn, WRITES));',
    '      .filter((found) => found.roleArn.length > 0);',
  ),
  ofTemplates('constructs/storage/context-table')(
    'PartiQL may delete what no other write may',
    "  'dynamodb:PartiQLDelete',\n",
    '',
  ),
  ofShared('http/validation-message', UNITS)(
    'a missing field is called one of the wrong type',
    "  if (issue.input === undefined && issue.code !== 'custom') return 'is required';\n",
    '',
  ),
  ofContracts('audit-api', TIMES)(
    'work counts as late while its event may still be redelivered',
    'Math.ceil(EVENT_SECONDS_MAX / MINUTE_SECONDS) * MINUTE_SECONDS;',
    '5 * MINUTE_SECONDS;',
  ),
];
