import { type Mutant, ofCells } from '../mutant.ts';

const transaction = ofCells('adapters/change-to-transaction');
const store = ofCells('adapters/dynamo-stock-store');
const changeBook = ofCells('use-cases/change-book');
const entry = ofCells('domain/stock/stock-entry');
const transfer = ofCells('domain/ledger/transfer');
const spread = ofCells('domain/sharding/spread');
const heat = ofCells('domain/sharding/heat');
const memory = ofCells('use-cases/reservations/reserve-memory');
const reserving = ofCells('use-cases/reservations/reserve-stock');
const rescue = ofCells('domain/reservations/rescue');
const rescuing = ofCells('use-cases/reservations/change-reservation');

/** Of what holds while a sku's units lie in several cells and are moved between them. */
export const OF_CELLS: readonly Mutant[] = [
  changeBook(
    'units that move while cells are read are seen in none of them',
    '  if (!isShort) return undefined;\n',
    '',
  ),
  changeBook(
    'units that were moved while cells were read do not count',
    'short.available + missed(short.sku) < short.requested',
    'short.available < short.requested',
  ),
  changeBook(
    'a look that may have missed units is remembered',
    '      if (isExact) refused?.(decision.refusal, state);',
    '      refused?.(decision.refusal, state);',
  ),
  changeBook(
    'what was only glanced at is the reason to refuse',
    '      looked = await look(true);',
    '      looked = await look(false);',
  ),
  changeBook(
    'conflicts are not written down',
    'store.apply(withConflicts(change, conflicts));',
    'store.apply(withConflicts(change, new Map()));',
  ),
  changeBook(
    'conflicts are written down in another sku',
    '    const met = open.get(cell.cell.sku);',
    '    const met = [...open.values()][0];',
  ),
  ofCells('use-cases/sharding/settled-cells')(
    'a count is compared with a balance and movements of different moments',
    'before.get(cellIdOf(key))?.version === after.get(cellIdOf(key))?.version',
    'before.has(cellIdOf(key)) === after.has(cellIdOf(key))',
  ),
  ofCells('domain/ledger/sku')(
    'cells with units are closed when shards are given up',
    '  openShards: Math.max(sku.openShards, shardCount),',
    '  openShards: shardCount,',
  ),
  ofCells('domain/ledger/sku')(
    'the movements of closed cells are forgotten',
    '  shardsEver: Math.max(sku.shardsEver, shardCount),',
    '  shardsEver: shardCount,',
  ),
  ofCells('domain/ledger/choose-cells')(
    'a quantity is gathered from cells that have too little together',
    '  return left === 0 ? chosen : undefined;',
    '  return chosen;',
  ),
  ofCells('domain/ledger/choose-cells')(
    'what is glanced at is gathered from',
    '  if (!gathers) return undefined;\n',
    '',
  ),
  transfer(
    'a transfer is not counted',
    '  transfers: sku.transfers + 1,',
    '  transfers: sku.transfers + 0,',
  ),
  transfer(
    'the units of a transfer are not counted',
    '  unitsMoved: sku.unitsMoved + units,',
    '  unitsMoved: sku.unitsMoved,',
  ),
  rescue(
    'a late commit is given up for what its own cell lacks, while units are moved',
    'mergeLines(wantsOf(state, reservation)).flatMap((demand): Shortage[] => {',
    'mergeLines(wantsOf(state, reservation)).slice(1).flatMap((demand): Shortage[] => {',
  ),
  transfer(
    'the halves of a transfer have no marks',
    '    marks: cells.flatMap((cell) => marksOf(cell, context)),\n',
    '',
  ),
  transfer(
    'a transfer is larger than a transaction',
    'export const TRANSFER_SOURCES_MAX = 20;',
    'export const TRANSFER_SOURCES_MAX = 30;',
  ),
  ofCells('domain/audit/tally')(
    'an audit counts what is in another cell',
    '  if (shard !== undefined) return;\n',
    '',
  ),
  transaction(
    'the record of a sku is written over another version',
    '[puts(skuItem(sku.after), atVersion(sku.expectedVersion))],',
    '[puts(skuItem(sku.after))],',
  ),
  transaction(
    'the marks of movements are not written',
    '    ...changes.flatMap(({ marks = [] }) =>\n',
    '    ...changes.slice(1).flatMap(({ marks = [] }) =>\n',
  ),
  store(
    'all cells of a change are told as contended',
    '(place) => isBusy(reasons[place])) };',
    '(place) => place >= 0) };',
  ),
  spread(
    'a cell is closed though it has changed',
    '{ ...unchangedCell(key), guard: { version: cell.version } },',
    'unchangedCell(key),',
  ),
  spread(
    'a cell is closed though somebody has units in it',
    '  available === 0 && committed === 0 && Object.values(held).every((units) => units === 0);',
    '  available === 0 && (committed >= 0 || Object.values(held).every((units) => units === 0));',
  ),
  spread(
    'more cells are closed than one change touches',
    '    sku.openShards - Math.floor((ACTIONS_MAX - 1) / sku.locations.length),',
    '    sku.openShards - ACTIONS_MAX,',
  ),
  ofCells('domain/ledger/decision')(
    'units of another location are taken',
    '  [...cells.values()].filter((cell) => isAt(cell, place));',
    '  [...cells.values()].filter((cell) => cell.sku === place.sku);',
  ),
  entry(
    'what is adjusted away is sought in the first cell alone',
    '  return gatherInto(state.sku, home, others, lacking, context);',
    '  return gatherInto(undefined, home, others, lacking, context);',
  ),
  entry(
    'a repeat moves units once more',
    '  if (state.operation !== undefined) return undefined;\n  const home',
    '  const home',
  ),
  memory(
    'what was sold out is refused for longer than a second',
    'export const SOLD_OUT_MILLISECONDS = 1_000;',
    'export const SOLD_OUT_MILLISECONDS = 2_000;',
  ),
  memory(
    'what was sold out is refused though a hold has lapsed since',
    '      const until = Math.min(\n        now + SOLD_OUT_MILLISECONDS,\n        ...cells.map((cell) => nextLapse(cell, now)),\n      );',
    '      const until = now + SOLD_OUT_MILLISECONDS;',
  ),
  memory(
    'whoever wants less than there was is refused',
    '      if (available === undefined || available >= demand.quantity) return [];',
    '      if (available === undefined) return [];',
  ),
  memory(
    'shards are known for longer than is said',
    'export const SHARDS_KNOWN_MILLISECONDS = 5_000;',
    'export const SHARDS_KNOWN_MILLISECONDS = 50_000;',
  ),
  reserving(
    'a repeat is refused while its sku is known to be sold out',
    "    if (reservation === undefined) return refused({ kind: 'insufficientStock', shortages });",
    "    if (reservation === undefined || shortages.length > 0) return refused({ kind: 'insufficientStock', shortages });",
  ),
  reserving(
    'any refusal is remembered as sold out',
    "        if (kind === 'insufficientStock') memory",
    "        if (kind !== 'stale'.toString()) memory",
  ),
  heat(
    'a sku is found hot again before it had time to cool',
    '  if (sku.heat !== undefined && now - Date.parse(sku.heat.at) < COOLING_MILLISECONDS)\n    return undefined;',
    '  if (sku.heat !== undefined && now < Date.parse(sku.heat.at)) return undefined;',
  ),
  heat('more shards are proposed than there are units', '    Math.max(...units),\n', ''),
  rescuing(
    'a late commit gives up where its own cell has too little',
    '  (decision) => decision.ok && givesUp(decision.value.change),',
    '  () => false,',
  ),
  rescuing(
    'a lapsed hold has expired where its own cell has too little',
    "  (decision) => !decision.ok && decision.refusal.kind === 'expired',",
    '  () => false,',
  ),
  rescue(
    'units are moved for a reservation that expires all the same',
    '    if (parts === undefined) return undefined;',
    '    if (parts === undefined) continue;',
  ),
  rescue(
    'one line of a reservation is helped with the units of another',
    'context.now) - wanted };',
    'context.now) - (wanted > 0 ? wanted : 0) * 0 };',
  ),
  rescue('two lines are helped with the same units', '    pile.left -= quantity;\n', ''),
  ofCells('domain/ledger/transfer')(
    'a transfer may have the id of another sku',
    '`transfer#${sku.sku}#${after.transfers}`',
    '`transfer.${sku.sku}.${after.transfers}`',
  ),
  ofCells('domain/audit/repair-cell')(
    'a rebuilt cell that was closed stays closed',
    ' || cell.shard < state.sku.openShards) return',
    ' || cell.shard >= 0) return',
  ),
  transfer(
    'units come into a cell that stays closed',
    'Math.max(sku.openShards, to.shard + 1)',
    'sku.openShards + 0 * to.shard',
  ),
  ofCells('use-cases/reservations/settle-reservations')(
    'a batch lets a reservation expire that other cells could help',
    '    if (change !== undefined && isMergeable(change) && !givesUp(change))\n      commandOf.set(change, command);',
    '    if (change !== undefined && isMergeable(change)) commandOf.set(change, command);',
  ),
];
