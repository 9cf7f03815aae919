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
    'a receipt creates a SKU without createSku',
    '!state.stockItems.has(command.sku) && command.createSku !== true',
    'false',
  ),
  sku(
    'a SKU has an unlimited number of locations',
    'locations.length > LOCATIONS_PER_SKU_MAX',
    'false',
  ),
  sku(
    'a SKU has an unlimited number of cells',
    'locations.length * peakShardCount > CELLS_PER_SKU_MAX',
    'false',
  ),
  entry(
    'a receipt adds a location to a SKU at its limit',
    '  const size = sizeErrorWith(state, plan);\n  if (size !== undefined) return rejectUnconfirmed(size);\n  const details = defined({ reference',
    '  const details = defined({ reference',
  ),
  entry(
    'an adjustment adds a location to a SKU at its limit',
    'return size === undefined ? createManualEntry(plan) : rejectUnconfirmed(size);',
    'return size === null ? rejectUnconfirmed(size) : createManualEntry(plan);',
  ),
  inCells('domain/stock/put-stock')(
    'a settings change gives a SKU more cells than its limit',
    '  if (size !== undefined) return reject(size);\n',
    '',
  ),
  inCells('domain/sharding/contention')(
    'contention gives a SKU more cells than its limit',
    '    shardsMaxOf(stockItem),\n',
    '',
  ),
  inCells('domain/stock/put-stock')(
    'changing one setting clears another that the request omits',
    'given === undefined ? before : (given ?? undefined)',
    'given ?? undefined',
  ),
  inShared('http/middleware/validate-request', [['test/unit/shared/http/middleware']])(
    'a missing body is read as an empty body',
    '    if (isOptional) return {};\n',
    '    return {};\n',
  ),
  inCells('use-cases/sharding/rebalance-stock')(
    'rebalancing runs until the function times out',
    ' && clock() < command.now + REBALANCE_MILLISECONDS_MAX',
    '',
  ),
  postCount(
    'an older count is posted over a newer one',
    'lastCount !== undefined && lastCount.countedAt >= command.countedAt',
    'false',
  ),
  postCount(
    'a second count of the same moment is posted too',
    'lastCount.countedAt >= command.countedAt',
    'lastCount.countedAt > command.countedAt',
  ),
  postCount(
    'a count is posted over a manual adjustment that it did not include',
    "  if (lastAdjustment?.movementId !== command.lastAdjustmentId)\n    return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  postCount(
    'a count is written over a concurrent manual adjustment',
    '    lastAdjustmentId: command.lastAdjustmentId ?? null,\n',
    '',
  ),
  transaction(
    'the table does not check the last manual adjustment',
    "    conditions.push('lastAdjustment.movementId = :lastAdjustmentId');\n    values[':lastAdjustmentId'] = guard.lastAdjustmentId;",
    '',
  ),
  transaction(
    'the table does not check that there is no manual adjustment',
    "  if (guard.lastAdjustmentId === null) conditions.push('attribute_not_exists(lastAdjustment)');",
    '  if (guard.lastAdjustmentId === null) {}',
  ),
  transaction(
    'a manual adjustment is not stored in its cell',
    "    sets.push('lastAdjustment = :adjustment');\n    values[':adjustment'] = change.adjustment;",
    '',
  ),
  transaction(
    'a manual adjustment is not stored in a cell that it creates',
    '      ...(adjustment === undefined ? {} : { lastAdjustment: adjustment }),\n',
    '',
  ),
  inCells('domain/ledger/apply-change')(
    'a manual adjustment is not kept in the in-memory store',
    '    ...(change.adjustment === undefined ? {} : { lastAdjustment: change.adjustment }),\n',
    '',
  ),
  inCells('domain/ledger/merge-changes')(
    'a change guarded by the last manual adjustment is merged',
    ' &&\n      guard.lastAdjustmentId === undefined',
    '',
  ),
  settledCells(
    'manual adjustments after a count are not returned',
    "later.filter(({ kind }) => kind === 'ADJUSTED')",
    "later.filter(({ kind }) => kind === 'REBUILT')",
  ),
  countBasis(
    'a count from before the first movement is compared with the balance',
    'older.includes(true) ? undefined : firstAt',
    'undefined',
  ),
  countBasis(
    'a count is checked against units committed from later receipts',
    '      quantities.onHand + counted - expected,\n',
    '      counted,\n',
  ),
  settledCells(
    'old movements are read again at each attempt',
    '      history.from = { after: entry.key };\n',
    '      history.final = noMovementsSince();\n',
  ),
  settledCells(
    'a count waits for its movements without a limit',
    'clock() >= until',
    'attempt > 1_000_000',
  ),
  countBasis(
    "the caller's deadline for a count basis is ignored",
    'Math.min(deadline, now + COUNT_BASIS_MILLISECONDS_MAX)',
    'now + COUNT_BASIS_MILLISECONDS_MAX',
  ),
  count(
    'a difference that a manual adjustment may explain is posted without approval',
    'adjustmentsTotal > 0 || firstMovementAt !== undefined',
    'firstMovementAt !== undefined',
  ),
  count(
    'a count from before the first movement is posted without approval',
    'adjustmentsTotal > 0 || firstMovementAt !== undefined',
    'adjustmentsTotal > 0',
  ),
  count(
    'a count taken at the same moment as another counts as newer',
    'Date.parse(other.countedAt) >= Date.parse(count.countedAt)',
    'Date.parse(other.countedAt) > Date.parse(count.countedAt)',
  ),
  countStock(
    'an older count replaces one that is waiting for approval',
    'return pending !== undefined && isSupersededBy(count, pending) ? pending.countId : undefined;',
    'return undefined;',
  ),
  countStock(
    'an older count closes the request of a newer one',
    'pending !== undefined && isSupersededBy(pending, posted) ? pending : undefined',
    'pending',
  ),
  countStock(
    'a count that no person has reviewed stays dismissed',
    "return isSame ? before : { ...before, status: 'CLOSED' };",
    'return before;',
  ),
  countStock(
    'a repeated count gets a new time',
    '    if (stored === undefined) await counts.save(received);\n',
    '',
  ),
  record(
    'a count may be dated later than its request',
    'toIso(Math.min(Date.parse(countedAt), now))',
    'toIso(Date.parse(countedAt))',
  ),
  rejectedCount(
    'a finding keeps proposing a count that a newer one superseded',
    'isSupersededBy(count, lastCount) ? lastCount : undefined',
    'false ? lastCount : undefined',
  ),
  rejectedCount(
    'a rejected approval is proposed again unchanged',
    'return { ...reopened, ...detection, revision: before.revision + 1 };',
    'return reopened;',
  ),
  http(
    'a function that runs out of time responds with 500',
    '    timeoutEarlyInMillis: RESPONSE_MARGIN_MILLISECONDS,',
    '    timeoutEarlyInMillis: 0,',
  ),
  client(
    'a request continues after its deadline',
    'AbortSignal.timeout(end - startedAt)',
    'AbortSignal.timeout(timeoutMilliseconds)',
  ),
];
