import { inFile, type Mutant } from '../../mutant.ts';

const LEVEL_TESTS = [
  ['test/unit/inventory/levels', 'test/property/inventory/levels'],
  ['test/integration/inventory/levels'],
];
const inLevels = (path: string) => inFile(`lambdas/inventory/${path}.ts`, LEVEL_TESTS);
const decide = inLevels('domain/stock/decide-level');
const events = inLevels('domain/stock/level-events');
const sweep = inLevels('domain/stock/level-sweep');
const watched = inLevels('domain/stock/watched-change');
const update = inLevels('use-cases/levels/update-level');
const request = inLevels('use-cases/levels/sweep-levels');
const look = inLevels('use-cases/levels/look-at-levels');
const audit = inLevels('adapters/dynamo-audit-reader');
const wakes = inLevels('adapters/levels/dynamo-wake-reader');

/** Rules of stock levels: when they fall and rise, what wakes a look, and what a sweep corrects. */
export const LEVEL_MUTANTS: readonly Mutant[] = [
  decide('a watcher raises levels', ': mayRaise && quietAt <= now;', ': quietAt <= now;'),
  decide('a level rises twice in a minute', ': mayRaise && quietAt <= now;', ': mayRaise;'),
  decide(
    'a level falls to low three times in a minute',
    "? actual.level === 'out' || quietAt <= now",
    '? true',
  ),
  decide(
    'a SKU that is sold out is shown for a minute',
    "? actual.level === 'out' || quietAt <= now",
    '? quietAt <= now',
  ),
  decide(
    'a clock that is behind permits a third change',
    'const at = Math.max(now, lastChange?.at ?? 0);',
    'const at = now;',
  ),
  decide(
    'a watcher shows more units than before',
    'mayRaise ? actual.left : smallest([left, actual.left])',
    'actual.left',
  ),
  decide('a level that must wait is forgotten', '? Math.max(now, quietAt)', '? undefined'),
  decide(
    'the expiry of a hold wakes no look',
    '            : actual.expiresAt,',
    '            : undefined,',
  ),
  decide(
    'a well-stocked SKU wakes a look for each hold',
    "nextLevel === 'in' && nextLeft === undefined",
    'false',
  ),
  decide(
    'a change that rests on older cells is not checked',
    'isSame ? undefined : now + LEVEL_CHECK_MILLISECONDS',
    'undefined',
  ),
  decide(
    'a watcher relies on a wake whose look has read the cells already',
    ' && recorded > now + CLOCK_DIFFERENCE_MILLISECONDS',
    '',
  ),
  decide(
    'a wake on which a watcher relies is moved to a later time',
    'recorded === undefined || recorded <= now ? needed : smallest([recorded, needed]);',
    'needed;',
  ),
  decide(
    'a due wake that is not needed stays',
    'return !mayRaise || recorded === undefined || recorded > now;',
    'return true;',
  ),
  decide(
    'a watcher changes pickup with an older location',
    "next.level === 'out' ? undefined : mayRaise ? pickup : known.pickup;",
    "next.level === 'out' ? undefined : pickup;",
  ),
  decide(
    'holds of an inactive location wake a look',
    'isActive ? cells.filter((cell) => cell.locationId === locationId) : [];',
    'cells.filter((cell) => cell.locationId === locationId);',
  ),
  events('StockLow is published again for stock that stays low', ' || isLow(before)', ''),
  watched(
    'each transfer between cells is checked like a changed threshold',
    '!isSameValue(change.before?.lowStockThreshold, change.after.lowStockThreshold);',
    'true;',
  ),
  watched(
    'a location that stops shipping is still for sale',
    '    before.ships !== after.ships ||\n',
    '',
  ),
  update(
    'a level is written from a read during which units moved',
    'if (stored.get(sku)?.version !== version) return undefined;',
    'if (stored.size < 0) return undefined;',
  ),
  update(
    'one unreadable record stops the looks',
    'const done = await tryRead(() => updateOne(ports, sku, loaded, now));',
    'const done = await updateOne(ports, sku, loaded, now);',
  ),
  look(
    'a look has no end',
    'while (cursor !== undefined && clock() < until);',
    'while (cursor !== undefined);',
  ),
  look('a busy SKU is omitted from a sweep', 'if (busySkus.length > 0) return false;', ''),
  look(
    'a daily sweep counts what was announced',
    '      (before?.wakeAt === undefined || before.wakeAt > now),',
    '      true,',
  ),
  sweep(
    'a location that changes during a sweep is not swept',
    'return startsAgain === true',
    'return startsAgain === undefined && false',
  ),
  request(
    'a location that changes during a page is not seen by it',
    'if (sweep === undefined) return true;',
    'if (sweep === undefined || sweep.dueAt <= now) return true;',
  ),
  wakes('looks decide SKUs whose time has not come', 'AND wakeAt <= :now', 'AND wakeAt > :now'),
  audit('an audit does not report unreadable levels', '        ...levels,\n', ''),
];
