import { inBook, type Mutant } from '../../mutant.ts';

const cellChange = inBook('domain/ledger/cell-plan');
const decideReserve = inBook('domain/reservations/reserve');
const decideRelease = inBook('domain/reservations/release');
const decideExtend = inBook('domain/reservations/extend');
const decision = inBook('domain/ledger/decision');

/** Rules of reservations, receipts, counts and repairs. */
export const RESERVATION_MUTANTS: readonly Mutant[] = [
  cellChange(
    'unavailable units are taken',
    '  if (cell.available + expiredUnits < needed) return undefined;',
    '  if (cell.available + expiredUnits < 0) return undefined;',
  ),
  cellChange(
    'expiring holds drops the version guard of the watermark',
    '      ...(buckets.length === 0 ? {} : { version: cell.version }),',
    '',
  ),
  cellChange(
    'committed units are taken without a guard',
    '    guard: { committedMin: quantity },',
    '',
  ),
  cellChange(
    'held units are taken from a bucket that has expired',
    '      expiredThroughBelow: Math.min(bucket, to.bucket ?? bucket),\n',
    '',
  ),
  decideReserve(
    'a repeated reserve request creates a second reservation',
    '  if (reservation !== undefined)\n    return decideForOwner(',
    '  if (reservation !== undefined && false)\n    return decideForOwner(',
  ),
  decideReserve(
    'another reservation under the same id returns the first response',
    "  if (reservation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });\n",
    '',
  ),
  decideReserve(
    'a released reservation can be reserved again',
    "  if (reservation.fingerprint === undefined) return reject({ kind: 'alreadyReleased' });\n",
    '',
  ),
  decideRelease(
    'a release before its reservation leaves no record',
    '        reservationId: command.reservationId,\n        owner: command.owner,',
    '        reservationId: `${command.reservationId}-none`,\n        owner: command.owner,',
  ),
  decideRelease(
    'shipped units can be released',
    "        : reject({ kind: 'alreadyFulfilled' });",
    "        : { next: 'replay', value: reservation };",
  ),
  decideRelease(
    'an expired hold is returned to available twice',
    '    return cell.expiredThrough < bucket',
    '    return cell.expiredThrough >= 0',
  ),
  decideExtend(
    'a repeated extension extends the hold again',
    '  if (earlier !== undefined) {',
    '  if (earlier !== undefined && false) {',
  ),
  decideExtend(
    'a released hold can be extended',
    "  if (status === 'RELEASED' || status === 'EXPIRED') return reject({ kind: 'expired' });\n",
    '',
  ),
  decideExtend(
    'an expired hold is extended out of its bucket',
    '    if (cell.expiredThrough < bucket) {',
    '    if (cell.expiredThrough < bucket || true) {',
  ),
  inBook('domain/reservations/ship')(
    'a repeated shipment ships the units twice',
    "  if (reservation?.status === 'FULFILLED') return { next: 'replay', value: reservation };\n  if (reservation?.status !== 'COMMITTED') {",
    '  if (reservation === undefined) {',
  ),
  decision(
    'a repeated receipt adds the units twice',
    '  if (operation === undefined) return undefined;',
    '  if (operation !== undefined || operation === undefined) return undefined;',
  ),
  decision(
    'another receipt under the same key returns the first response',
    "  if (operation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });\n",
    '',
  ),
  inBook('domain/stock/count-stock')(
    'a count is posted over a later one',
    "  if (lastCount?.countId !== command.lastCountId)\n    return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  inBook('domain/audit/repair-cell')(
    'a balance is rebuilt although its version has changed',
    '  return cell?.version === version ? cell : undefined;',
    '  return version > 0 ? cell : undefined;',
  ),
];
