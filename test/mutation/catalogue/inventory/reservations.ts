import { inBook, type Mutant } from '../../mutant.ts';

const cellChange = inBook('domain/ledger/cell-plan');
const decideReserve = inBook('domain/reservations/reserve');
const decideRelease = inBook('domain/reservations/release');
const decideExtend = inBook('domain/reservations/extend');
const stockEntry = inBook('domain/stock/stock-entry');

/** Rules of reservations, receipts, counts and repairs. */
export const RESERVATION_MUTANTS: readonly Mutant[] = [
  cellChange(
    'units are taken that are not there',
    '  if (cell.available + expiredUnits < quantity) return undefined;',
    '  if (cell.available + expiredUnits < 0) return undefined;',
  ),
  cellChange(
    'a fold forgets the watermark’s guard',
    '      ...(buckets.length === 0 ? {} : { version: cell.version }),',
    '',
  ),
  cellChange('committed units are taken unguarded', '    guard: { committedMin: quantity },', ''),
  cellChange(
    'held units are taken though their slot was folded',
    '      expiredThroughBelow: Math.min(bucket, to.bucket ?? bucket),\n',
    '',
  ),
  decideReserve(
    'a repeat is another reservation',
    '  if (state.reservation !== undefined) return replayReserve(state.reservation, command);\n',
    '',
  ),
  decideReserve(
    'another request under the same id gets the first answer',
    "  if (reservation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });\n",
    '',
  ),
  decideReserve(
    'what was released before can be reserved',
    "  if (reservation.fingerprint === undefined) return reject({ kind: 'alreadyReleased' });\n",
    '',
  ),
  decideRelease(
    'a release that comes first leaves no tombstone',
    "      { reservationId: command.reservationId, changes: { status: 'RELEASED' } },",
    "      { reservationId: `${command.reservationId}-none`, changes: { status: 'RELEASED' } },",
  ),
  decideRelease(
    'shipped units can be released',
    "    case 'FULFILLED':\n      return reject({ kind: 'alreadyFulfilled' });\n",
    '',
  ),
  decideRelease(
    'a hold that was folded is given back once more',
    '    return cell.expiredThrough < bucket',
    '    return cell.expiredThrough >= 0',
  ),
  decideExtend(
    'a repeat extends again',
    '  if (earlier !== undefined) {',
    '  if (earlier !== undefined && false) {',
  ),
  decideExtend(
    'a released hold can be extended',
    "  if (status === 'RELEASED' || status === 'EXPIRED') return reject({ kind: 'expired' });\n",
    '',
  ),
  decideExtend(
    'a folded hold is extended out of its slot',
    '    if (cell.expiredThrough < bucket) {',
    '    if (cell.expiredThrough < bucket || true) {',
  ),
  inBook('domain/reservations/ship')(
    'a shipment that is told twice ships twice',
    "  if (reservation?.status === 'FULFILLED') return { next: 'replay', value: reservation };\n  if (reservation?.status !== 'COMMITTED') {",
    '  if (reservation === undefined) {',
  ),
  stockEntry(
    'a receipt that is sent twice counts twice',
    '  if (operation === undefined) return undefined;',
    '  if (operation !== undefined || operation === undefined) return undefined;',
  ),
  stockEntry(
    'another receipt under the same key gets the first answer',
    "  if (operation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });\n",
    '',
  ),
  inBook('domain/stock/count-stock')(
    'a count is posted over a later one',
    "  if (lastCount?.countId !== command.lastCountId)\n    return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  inBook('domain/audit/repair-cell')(
    'a balance is rebuilt though it moved on',
    '  return cell?.version === version ? cell : undefined;',
    '  return version > 0 ? cell : undefined;',
  ),
];
