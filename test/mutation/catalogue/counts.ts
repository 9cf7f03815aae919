import { type Mutant, ofBook, ofCells, ofCounts, ofShared } from '../mutant.ts';

const transaction = ofBook('adapters/change-to-transaction');
const entry = ofCells('domain/stock/stock-entry');
const sku = ofCells('domain/ledger/sku');
const posting = ofCells('domain/stock/count-stock');
const basis = ofCells('use-cases/stock/count-basis');
const settled = ofCells('use-cases/sharding/settled-cells');
const count = ofCounts('domain/count');
const record = ofCounts('domain/count-record');
const counting = ofCounts('use-cases/count-stock');
const refusedCount = ofCounts('use-cases/refused-count');
const http = ofShared('http/http-handler', [['test/unit/shared/http/http-handler']]);
const client = ofShared('http/signed-client', [['test/unit/shared/http/signed-client']]);

/** Guards of counts, of settings and of what creates a SKU. */
export const OF_COUNTS: readonly Mutant[] = [
  entry(
    'a receipt creates a sku that was not asked for',
    'state.sku === undefined && command.createSku !== true',
    'false',
  ),
  sku('a sku has locations without end', 'locations.length > LOCATIONS_MAX', 'false'),
  sku('a sku has cells without end', 'locations.length * shardsEver > CELLS_MAX', 'false'),
  entry(
    'goods add a location to a full sku',
    '  const size = sizeWith(state, plan);\n  if (size !== undefined) return refused(size);\n  return accepted(\n',
    '  return accepted(\n',
  ),
  entry(
    'an adjustment adds a location to a full sku',
    'return size === undefined ? accepted(enterManually(plan)) : refused(size);',
    'return accepted(enterManually(plan));',
  ),
  ofCells('domain/stock/put-stock')(
    'settings give a sku more cells than it may have',
    '  if (size !== undefined) return refused(size);\n',
    '',
  ),
  ofCells('domain/sharding/heat')(
    'a rush gives a sku more cells than it may have',
    '    shardsMaxOf(sku),\n',
    '',
  ),
  ofCells('domain/stock/put-stock')(
    'a change of one setting clears another that it does not name',
    'given === undefined ? before : (given ?? undefined)',
    'given ?? undefined',
  ),
  ofShared('http/http-request', [['test/unit/shared/http/http-handler']])(
    'a body that is missing reads as an empty one',
    '    if (!isRequired) return {};\n',
    '    return {};\n',
  ),
  ofCells('use-cases/sharding/spread-stock')(
    'units are spread until the function is ended',
    ' && clock() < command.now + SPREAD_MILLISECONDS_MAX',
    '',
  ),
  posting(
    'an older count is posted over a newer one',
    'lastCount !== undefined && lastCount.countedAt >= command.countedAt',
    'false',
  ),
  posting(
    'a second count of one moment is posted too',
    'lastCount.countedAt >= command.countedAt',
    'lastCount.countedAt > command.countedAt',
  ),
  posting(
    'a count is posted over a manual adjustment that it did not see',
    "  if (lastAdjustment?.movementId !== command.lastAdjustmentId) return refused({ kind: 'movedOn' });\n",
    '',
  ),
  posting(
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
  ofCells('domain/ledger/apply-change')(
    'a manual adjustment is not kept in memory',
    '    ...(change.adjustment === undefined ? {} : { lastAdjustment: change.adjustment }),\n',
    '',
  ),
  ofCells('domain/ledger/merge-changes')(
    'a change that asks for the last manual adjustment is merged',
    ' &&\n      guard.lastAdjustmentId === undefined',
    '',
  ),
  settled(
    'manual adjustments after a count are not told',
    "later.filter(({ kind }) => kind === 'ADJUSTED')",
    "later.filter(({ kind }) => kind === 'REBUILT')",
  ),
  basis(
    'a count of a time before the book is compared with it',
    'older.includes(true) ? undefined : firstAt',
    'undefined',
  ),
  basis(
    'a count is held against what was committed of goods that came in later',
    'counts.onHand + counted - expected, now',
    'counted, now',
  ),
  settled(
    'old movements are read at each look',
    '      history.from = { after: entry.key };\n',
    '      history.settled = emptySince();\n',
  ),
  settled('a count waits for its book without an end', 'clock() >= until', 'looked > 1_000_000'),
  basis(
    'the deadline of who asks for a basis is not kept',
    'Math.min(deadline, now + BASIS_MILLISECONDS_MAX)',
    'now + BASIS_MILLISECONDS_MAX',
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
  counting(
    'an older count takes the place of one that waits for approval',
    'return pending !== undefined && isSupersededBy(count, pending) ? pending.countId : undefined;',
    'return undefined;',
  ),
  counting(
    'an older count ends what a newer one asks',
    'pending !== undefined && isSupersededBy(pending, posted) ? pending : undefined',
    'pending',
  ),
  counting(
    'a count that a person did not see stays dismissed',
    "return isSame ? before : { ...before, status: 'CLOSED' };",
    'return before;',
  ),
  counting(
    'a count that is sent again is of another time',
    '    if (known === undefined) await counts.save(received);\n',
    '',
  ),
  record(
    'a count is later than its request',
    'toIso(Math.min(Date.parse(countedAt), now))',
    'toIso(Date.parse(countedAt))',
  ),
  refusedCount(
    'a finding goes on asking about a count that a newer one ended',
    'isSupersededBy(count, lastCount) ? lastCount : undefined',
    'false ? lastCount : undefined',
  ),
  refusedCount(
    'what was approved before the book changed is asked again unchanged',
    'return { ...open, ...detected, revision: before.revision + 1 };',
    'return open;',
  ),
  http(
    'a function that runs out of time is a 500',
    '    timeoutEarlyInMillis: ANSWER_MILLISECONDS,',
    '    timeoutEarlyInMillis: 0,',
  ),
  client(
    'a request outlives its deadline',
    'AbortSignal.timeout(end - startedAt)',
    'AbortSignal.timeout(timeoutMilliseconds)',
  ),
];
