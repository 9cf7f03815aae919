import { inBook, inOrders, type Mutant } from '../../mutant.ts';

const transaction = inBook('adapters/change-to-transaction');
const store = inBook('adapters/dynamo-stock-store');
const changeBook = inBook('use-cases/execute-command');
const mergeChanges = inBook('domain/ledger/merge-changes');
const settleReservations = inBook('use-cases/reservations/group-commit');
const sagaSteps = inOrders('domain/saga-steps');

/** Guards of a written transaction: its conditions, merged changes, and rejections. */
export const TRANSACTION_MUTANTS: readonly Mutant[] = [
  // The transaction: what must hold when it is written.
  transaction(
    'a marker may be written over another',
    '      ? { Item: { ...operationItem(record.operation) }, ...ifVersion(undefined) }',
    '      ? { Item: { ...operationItem(record.operation) } }',
  ),
  transaction(
    'a reservation may be written over another version',
    '      : {\n          Item: { ...reservationItem(record.after, change) },\n          ...ifVersion(record.expectedVersion),\n        }),',
    '      : { Item: { ...reservationItem(record.after, change) } }),',
  ),
  transaction(
    'a marker that is there is not told',
    "    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',",
    '',
  ),
  transaction(
    'a new balance may be written over another',
    '      updatedAt: toIso(change.at),\n    },\n    ...ifVersion(undefined),',
    '      updatedAt: toIso(change.at),\n    },',
  ),
  transaction(
    'more may be taken than is available',
    '  if (guard.availableMin)\n    conditions.push(`available',
    '  if (guard.availableMin && false)\n    conditions.push(`available',
  ),
  transaction(
    'more may be taken than is committed',
    '  if (guard.committedMin)\n    conditions.push(`committed',
    '  if (guard.committedMin && false)\n    conditions.push(`committed',
  ),
  transaction(
    'more may be taken from a slot than it holds',
    '    conditions.push(`${bucketPath(bucket)} >= ${number(`min${bucket}`, units)}`);',
    '    bucketPath(bucket);',
  ),
  transaction(
    'a hold may be put into a slot that was folded',
    '  if (guard.expiredThroughBelow !== undefined)\n',
    '  if (guard.expiredThroughBelow !== undefined && false)\n',
  ),
  transaction(
    'a late rescue does not ask whether its slot was folded',
    '  if (guard.expiredThroughMin !== undefined)',
    '  if (guard.expiredThroughMin !== undefined && false)',
  ),
  transaction(
    'a fold does not ask for the version',
    '  if (guard.version !== undefined)',
    '  if (guard.version !== undefined && false)',
  ),
  transaction(
    'a count does not ask for the last count',
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
  // Several changes as one.
  mergeChanges(
    'what is taken together need not be there together',
    '  heldMin: addUnits(a.heldMin ?? {}, b.heldMin ?? {}),\n  ...',
    '  heldMin: a.heldMin ?? {},\n  ...',
  ),
  mergeChanges('a fold is written with others', '      expiredBuckets.length === 0 &&\n', ''),
  mergeChanges(
    'more actions than a transaction has',
    '<= TRANSACTION_ACTIONS_MAX)\n      last',
    '<= 9 * TRANSACTION_ACTIONS_MAX)\n      last',
  ),
  settleReservations(
    'what was refused together counts as done',
    "return outcome === 'applied';",
    'return true;',
  ),
  settleReservations(
    'a repeat in a batch is written with the first',
    '  const first = commands.filter(\n    ({ reservationId }, index) =>\n      commands.findIndex((one) => one.reservationId === reservationId) === index,\n  );',
    '  const first = commands.filter(() => true);',
  ),
  // What its refusal says.
  store('a conflict counts as a refusal', "  'TransactionConflict',\n", ''),
  store(
    'only the first reason is read',
    "  if (!codes.includes('ConditionalCheckFailed')) {",
    "  if (codes[0] !== 'ConditionalCheckFailed') {",
  ),
  store(
    'an unknown outcome counts as a fault',
    "      if (isTransient(error)) return { outcome: 'busy' };\n",
    '',
  ),
  changeBook(
    'a refusal is not looked at once more',
    '    if (shortages === undefined) return { decision, isExact: true };',
    '    if (shortages !== null) return { decision, isExact: true };',
  ),
  changeBook(
    'what stays overdue is not folded first',
    "    if (overdue !== undefined) return { next: 'prepare', change: overdue };\n",
    '',
  ),
];
