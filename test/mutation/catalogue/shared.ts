import { inCli, inDeadLetters, inShared, type Mutant } from '../mutant.ts';

/** Guards that all contexts share, and those of recovery commands. */
export const SHARED_MUTANTS: readonly Mutant[] = [
  inShared('dynamodb/table', [
    ['test/integration/orders'],
    ['test/fault-injection/orders', 'test/chaos'],
  ])(
    'a new record is written over another',
    "          ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  inShared('dynamodb/put-version', [
    ['test/unit/orders', 'test/unit/payments'],
    ['test/integration/orders', 'test/fault-injection/orders', 'test/chaos'],
  ])(
    'a record is written over a later version',
    "          ConditionExpression: '#version = :before',\n",
    "          ConditionExpression: '#version = :before OR #version <> :before',\n",
  ),
  inShared('events/queue-handler', [['test/unit/shared']])(
    'a message that failed counts as done',
    '      const result = settled[index] ?? NO_RESULT;',
    "      const result: SettledResult = { status: 'fulfilled', value: settled[index] };",
  ),
  inShared('events/stream-handler', [['test/unit/shared']])(
    'a record that failed counts as done',
    '  const failed = records[handledCount];',
    '  const failed = records[records.length + handledCount];',
  ),
  inShared('events/put-events', [['test/unit/shared']])(
    'entries that the bus did not take count as taken',
    '        else stillPending.push(one);',
    '        else if (results.length === 0) stillPending.push(one);',
  ),
  inShared('http/middleware/require-idempotency-key', [
    ['test/unit/shared', 'test/unit/orders', 'test/unit/inventory'],
    ['test/e2e/orders'],
  ])(
    'everybody’s keys are the same',
    '      operationId: deriveId(caller.id, event.routeKey, key),',
    "      operationId: deriveId('anybody', event.routeKey, key),",
  ),
  inShared('dynamodb/batch-get', [
    ['test/unit/shared', 'test/integration/inventory'],
    ['test/fault-injection/inventory'],
  ])(
    'what a batch left out counts as not there',
    '      pendingKeys = response.UnprocessedKeys?.[tableName]?.Keys ?? [];',
    '      pendingKeys = [];',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a message is removed that was not sent again',
    '      await redriver.redrive(queue, one.message);\n',
    '',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a superseded message is redriven',
    "  if (assessment.verdict === 'superseded') return assessment.currentState;\n",
    '',
  ),
  inCli('restore-items')(
    'what was written meanwhile is overwritten',
    "        ConditionExpression: 'attribute_not_exists(#key)',\n        ExpressionAttributeNames: { '#key': keys[0] ?? '' },\n",
    '',
  ),
];
