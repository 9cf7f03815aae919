import { inCli, inDeadLetters, inShared, type Mutant } from '../mutant.ts';

/** Guards that all contexts share, and those of recovery commands. */
export const SHARED_MUTANTS: readonly Mutant[] = [
  inShared('dynamodb/table', [
    ['test/integration/orders'],
    ['test/fault-injection/orders', 'test/chaos'],
  ])(
    'a new record overwrites an existing one',
    "          ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  inShared('dynamodb/table', [
    ['test/unit/orders', 'test/unit/payments'],
    ['test/integration/orders', 'test/fault-injection/orders', 'test/chaos'],
  ])(
    'a record overwrites a later version',
    "            ConditionExpression: '#version = :before',\n",
    "            ConditionExpression: '#version = :before OR #version <> :before',\n",
  ),
  inShared('events/queue-handler', [['test/unit/shared']])(
    'a failed message counts as done',
    '      const result = settled[index] ?? NO_RESULT;',
    "      const result: SettledResult = { status: 'fulfilled', value: settled[index] };",
  ),
  inShared('events/stream-handler', [['test/unit/shared']])(
    'a failed record counts as done',
    '  const failed = records[handledCount];',
    '  const failed = records[records.length + handledCount];',
  ),
  inShared('events/put-events', [['test/unit/shared']])(
    'entries that the bus rejected count as accepted',
    '        else stillPending.push(one);',
    '        else if (results.length === 0) stillPending.push(one);',
  ),
  inShared('http/middleware/require-idempotency-key', [
    ['test/unit/shared', 'test/unit/orders', 'test/unit/inventory'],
    ['test/e2e/orders'],
  ])(
    'all callers share their idempotency keys',
    '      operationId: deriveId(caller.id, event.routeKey, key),',
    "      operationId: deriveId('anybody', event.routeKey, key),",
  ),
  inShared('dynamodb/batch-get', [
    ['test/unit/shared', 'test/integration/inventory'],
    ['test/fault-injection/inventory'],
  ])(
    'unprocessed keys of a batch count as missing items',
    '    pendingKeys = response.UnprocessedKeys?.[tableName]?.Keys ?? [];',
    '    pendingKeys = [];',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a message is deleted without having been sent again',
    '      await redriver.redrive(queue, one.message);\n',
    '',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a superseded message is redriven',
    "  if (assessment.verdict === 'superseded') return assessment.currentState;\n",
    '',
  ),
  inCli('restore-items')(
    'restoring overwrites items written meanwhile',
    "        ConditionExpression: 'attribute_not_exists(#key)',\n        ExpressionAttributeNames: { '#key': keys[0] ?? '' },\n",
    '',
  ),
];
