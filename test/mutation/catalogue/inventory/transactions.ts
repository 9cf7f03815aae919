import { inBook, inOrders, type Mutant } from '../../mutant.ts';

const transaction = inBook('adapters/change-to-transaction');
const store = inBook('adapters/dynamo-stock-store');
const changeBook = inBook('use-cases/execute-command');
const mergeChanges = inBook('domain/ledger/merge-changes');
const settleReservations = inBook('use-cases/reservations/group-commit');
const sagaSteps = inOrders('domain/saga-steps');

/** Guards of a written transaction: its conditions, merged changes, and rejections. */
export const TRANSACTION_MUTANTS: readonly Mutant[] = [
  // The conditions of a transaction.
  transaction(
    'an operation record overwrites another',
    '      ? { Item: { ...operationItem(record.operation) }, ...ifVersion(undefined) }',
    '      ? { Item: { ...operationItem(record.operation) } }',
  ),
  transaction(
    'a reservation overwrites another version',
    '      : {\n          Item: { ...reservationItem(record.after, change) },\n          ...ifVersion(record.expectedVersion),\n        }),',
    '      : { Item: { ...reservationItem(record.after, change) } }),',
  ),
  transaction(
    'an existing operation record is not returned',
    "    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',",
    '',
  ),
  transaction(
    'a new balance overwrites an existing one',
    '      updatedAt: toIso(change.at),\n    },\n    ...ifVersion(undefined),',
    '      updatedAt: toIso(change.at),\n    },',
  ),
  transaction(
    'more units are taken than are available',
    '  if (guard.availableMin)\n    conditions.push(`available',
    '  if (guard.availableMin && false)\n    conditions.push(`available',
  ),
  transaction(
    'more units are taken than are committed',
    '  if (guard.committedMin)\n    conditions.push(`committed',
    '  if (guard.committedMin && false)\n    conditions.push(`committed',
  ),
  transaction(
    'more units are taken from a bucket than it holds',
    '    conditions.push(`${bucketPath(bucket)} >= ${number(`min${bucket}`, units)}`);',
    '    bucketPath(bucket);',
  ),
  transaction(
    'a hold is added to a bucket that has expired',
    '  if (guard.expiredThroughBelow !== undefined)\n',
    '  if (guard.expiredThroughBelow !== undefined && false)\n',
  ),
  transaction(
    'a late transfer does not check that its bucket has expired',
    '  if (guard.expiredThroughMin !== undefined)',
    '  if (guard.expiredThroughMin !== undefined && false)',
  ),
  transaction(
    'expiring holds does not check the version',
    '  if (guard.version !== undefined)',
    '  if (guard.version !== undefined && false)',
  ),
  transaction(
    'a count does not check the last count',
    "    conditions.push('lastCount.countId = :lastCountId');\n    values[':lastCountId'] = guard.lastCountId;",
    '',
  ),
  transaction(
    'a change is written without its movements',
    '        .filter(({ cellChange }) => cellChange.movements.length > 0)',
    '        .filter(({ cellChange }) => cellChange.movements.length > 99)',
  ),
  sagaSteps(
    'a payment captured too early is forgotten',
    "    return err({ kind: 'tooEarly' });",
    '    return unexpectedStatus(order);',
  ),
  // Several changes merged into one transaction.
  mergeChanges(
    'a merged change does not check the sum of the units it takes',
    '  heldMin: addUnits(a.heldMin ?? {}, b.heldMin ?? {}),\n  ...',
    '  heldMin: a.heldMin ?? {},\n  ...',
  ),
  mergeChanges(
    'a change that expires holds is merged with others',
    '      expiredBuckets.length === 0 &&\n',
    '',
  ),
  mergeChanges(
    'a merged change exceeds the actions of a transaction',
    '<= TRANSACTION_ACTIONS_MAX)\n      last',
    '<= 9 * TRANSACTION_ACTIONS_MAX)\n      last',
  ),
  settleReservations(
    'a rejected group counts as done',
    "return outcome === 'applied';",
    'return true;',
  ),
  settleReservations(
    'a duplicate in a batch is written with the first',
    '  const first = commands.filter(\n    ({ reservationId }, index) =>\n      commands.findIndex((one) => one.reservationId === reservationId) === index,\n  );',
    '  const first = commands.filter(() => true);',
  ),
  // The reasons of a rejected transaction.
  store('a transaction conflict counts as a failed condition', "  'TransactionConflict',\n", ''),
  store(
    'only the first cancellation reason is read',
    "  if (!codes.includes('ConditionalCheckFailed')) {",
    "  if (codes[0] !== 'ConditionalCheckFailed') {",
  ),
  store(
    'an unknown outcome counts as an error',
    "      if (isTransient(error)) return { outcome: 'busy' };\n",
    '',
  ),
  changeBook(
    'a rejection is not confirmed by a second read',
    '    if (shortages === undefined) return { decision, isExact: true };',
    '    if (shortages !== null) return { decision, isExact: true };',
  ),
  changeBook(
    'overdue holds are not released first',
    "    if (overdue !== undefined) return { next: 'prepare', change: overdue };\n",
    '',
  ),
];
