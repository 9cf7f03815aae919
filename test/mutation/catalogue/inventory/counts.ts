import { inBook, inCells, inCounts, inShared, type Mutant } from '../../mutant.ts';

const transaction = inBook('adapters/change-to-transaction');
const entry = inCells('domain/stock/stock-entry');
const sku = inCells('domain/ledger/stock-item');
const postCount = inCells('domain/stock/count-stock');
const countBasis = inCells('use-cases/stock/count-basis');
const settledCells = inCells('use-cases/sharding/movements-since');
const count = inCounts('domain/counts/count');
const record = inCounts('domain/counts/count-record');
const countStock = inCounts('use-cases/counts/count-stock');
const rejectedCount = inCounts('use-cases/counts/rejected-count');
const http = inShared('http/http-handler', [['test/unit/shared/http/http-handler']]);
const client = inShared('http/signed-client', [['test/unit/shared/http/signed-client']]);

/** Guards of counts, of settings and of the creation of a SKU. */
export const COUNT_MUTANTS: readonly Mutant[] = [
  entry(
    'a receipt creates a sku that was not asked for',
    '!state.stockItems.has(command.sku) && command.createSku !== true',
    'false',
  ),
  sku('a sku has locations without end', 'locations.length > LOCATIONS_PER_SKU_MAX', 'false'),
  sku(
    'a sku has cells without end',
    'locations.length * peakShardCount > CELLS_PER_SKU_MAX',
    'false',
  ),
  entry(
    'goods add a location to a full sku',
    '  const size = sizeErrorWith(state, plan);\n  if (size !== undefined) return rejectUnconfirmed(size);\n  const details = command.reference',
    '  const details = command.reference',
  ),
  entry(
    'an adjustment adds a location to a full sku',
    'return size === undefined ? createManualEntry(plan) : rejectUnconfirmed(size);',
    'return size === null ? rejectUnconfirmed(size) : createManualEntry(plan);',
  ),
  inCells('domain/stock/put-stock')(
    'settings give a sku more cells than it may have',
    '  if (size !== undefined) return reject(size);\n',
    '',
  ),
  inCells('domain/sharding/contention')(
    'a rush gives a sku more cells than it may have',
    '    shardsMaxOf(sku),\n',
    '',
  ),
  inCells('domain/stock/put-stock')(
    'a change of one setting clears another that it does not name',
    'given === undefined ? before : (given ?? undefined)',
    'given ?? undefined',
  ),
  inShared('http/middleware/validate-request', [['test/unit/shared/http/middleware']])(
    'a body that is missing reads as an empty one',
    '    if (isOptional) return {};\n',
    '    return {};\n',
  ),
  inCells('use-cases/sharding/rebalance-stock')(
    'units are spread until the function is ended',
    ' && clock() < command.now + REBALANCE_MILLISECONDS_MAX',
    '',
  ),
  postCount(
    'an older count is posted over a newer one',
    'lastCount !== undefined && lastCount.countedAt >= command.countedAt',
    'false',
  ),
  postCount(
    'a second count of one moment is posted too',
    'lastCount.countedAt >= command.countedAt',
    'lastCount.countedAt > command.countedAt',
  ),
  postCount(
    'a count is posted over a manual adjustment that it did not see',
    "  if (lastAdjustment?.movementId !== command.lastAdjustmentId)\n    return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  postCount(
    'a count is written over a manual adjustment that comes between',
    '    lastAdjustmentId: command.lastAdjustmentId ?? null,\n',
    '',
  ),
  transaction(
    'the table does not ask for the last manual adjustment',
    "    conditions.push('lastAdjustment.movementId = :lastAdjustmentId');\n    values[':lastAdjustmentId'] = guard.lastAdjustmentId;",
    '',
  ),
  transaction(
    'the table does not ask that there is no manual adjustment',
    "  if (guard.lastAdjustmentId === null) conditions.push('attribute_not_exists(lastAdjustment)');",
    '  if (guard.lastAdjustmentId === null) {}',
  ),
  transaction(
    'a manual adjustment is not kept in its cell',
    "    sets.push('lastAdjustment = :adjustment');\n    values[':adjustment'] = change.adjustment;",
    '',
  ),
  transaction(
    'a manual adjustment is not kept in a cell that it creates',
    '      ...(adjustment === undefined ? {} : { lastAdjustment: adjustment }),\n',
    '',
  ),
  inCells('domain/ledger/apply-change')(
    'a manual adjustment is not kept in memory',
    '    ...(change.adjustment === undefined ? {} : { lastAdjustment: change.adjustment }),\n',
    '',
  ),
  inCells('domain/ledger/merge-changes')(
    'a change that asks for the last manual adjustment is merged',
    ' &&\n      guard.lastAdjustmentId === undefined',
    '',
  ),
  settledCells(
    'manual adjustments after a count are not told',
    "later.filter(({ kind }) => kind === 'ADJUSTED')",
    "later.filter(({ kind }) => kind === 'REBUILT')",
  ),
  countBasis(
    'a count of a time before the book is compared with it',
    'older.includes(true) ? undefined : firstAt',
    'undefined',
  ),
  countBasis(
    'a count is held against what was committed of goods that came in later',
    '      quantities.onHand + counted - expected,\n',
    '      counted,\n',
  ),
  settledCells(
    'old movements are read at each look',
    '      history.from = { after: entry.key };\n',
    '      history.final = noMovementsSince();\n',
  ),
  settledCells(
    'a count waits for its book without an end',
    'clock() >= until',
    'attempt > 1_000_000',
  ),
  countBasis(
    'the deadline of who asks for a basis is not kept',
    'Math.min(deadline, now + COUNT_BASIS_MILLISECONDS_MAX)',
    'now + COUNT_BASIS_MILLISECONDS_MAX',
  ),
  count(
    'a difference that a manual adjustment may have taken is posted unasked',
    'adjustmentsTotal > 0 || firstMovementAt !== undefined',
    'firstMovementAt !== undefined',
  ),
  count(
    'a count of a time before the first movement is posted unasked',
    'adjustmentsTotal > 0 || firstMovementAt !== undefined',
    'adjustmentsTotal > 0',
  ),
  count(
    'a count beside another of its moment counts as newer',
    'Date.parse(other.countedAt) >= Date.parse(count.countedAt)',
    'Date.parse(other.countedAt) > Date.parse(count.countedAt)',
  ),
  countStock(
    'an older count takes the place of one that waits for approval',
    'return pending !== undefined && isSupersededBy(count, pending) ? pending.countId : undefined;',
    'return undefined;',
  ),
  countStock(
    'an older count ends what a newer one asks',
    'pending !== undefined && isSupersededBy(pending, posted) ? pending : undefined',
    'pending',
  ),
  countStock(
    'a count that a person did not see stays dismissed',
    "return isSame ? before : { ...before, status: 'CLOSED' };",
    'return before;',
  ),
  countStock(
    'a count that is sent again is of another time',
    '    if (stored === undefined) await counts.save(received);\n',
    '',
  ),
  record(
    'a count is later than its request',
    'toIso(Math.min(Date.parse(countedAt), now))',
    'toIso(Date.parse(countedAt))',
  ),
  rejectedCount(
    'a finding goes on asking about a count that a newer one ended',
    'isSupersededBy(count, lastCount) ? lastCount : undefined',
    'false ? lastCount : undefined',
  ),
  rejectedCount(
    'what was approved before the book changed is asked again unchanged',
    'return { ...reopened, ...detection, revision: before.revision + 1 };',
    'return reopened;',
  ),
  http(
    'a function that runs out of time is a 500',
    '    timeoutEarlyInMillis: RESPONSE_MARGIN_MILLISECONDS,',
    '    timeoutEarlyInMillis: 0,',
  ),
  client(
    'a request outlives its deadline',
    'AbortSignal.timeout(end - startedAt)',
    'AbortSignal.timeout(timeoutMilliseconds)',
  ),
];
