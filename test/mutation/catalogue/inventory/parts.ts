import { inBook, inCells, type Mutant } from '../../mutant.ts';

const movement = inCells('domain/ledger/movement');
const reservation = inCells('domain/ledger/reservation');
const partStep = inCells('domain/reservations/part-step');
const parts = inCells('domain/reservations/parts');
const checkpoint = inCells('domain/audit/checkpoint');
const lostMovements = inCells('domain/audit/lost-movements');

/** Rules of units at another place, and of parts of reservation lines. */
export const PART_MUTANTS: readonly Mutant[] = [
  movement(
    'an account at another place counts in the cell of its movement',
    '  shard !== undefined || locationId !== undefined;',
    '  shard !== undefined || locationId === null;',
  ),
  inCells('use-cases/sharding/movements-since')(
    'units that left for another place stay on hand at a count',
    "ref.account !== 'outside' && !isAtOtherPlace(ref);",
    "ref.account !== 'outside';",
  ),
  partStep(
    'a repeated step takes its part twice',
    '  if (earlier !== undefined) {',
    '  if (earlier !== undefined && false) {',
  ),
  partStep(
    'another step under the same id returns the first result',
    "return isRepeat ? { next: 'replay', value: reservation } : reject({ kind: 'keyReused' });",
    "return { next: 'replay', value: reservation };",
  ),
  partStep(
    'a party that does not own a reservation takes a part of it',
    "  if (ownerOf(reservation) !== command.owner) return reject({ kind: 'notOwner' });\n",
    '',
  ),
  partStep(
    'a step takes more of a line than is open',
    'Math.min(openUnitsOf(line), one?.units ?? 0)',
    '(one?.units ?? 0)',
  ),
  partStep(
    'a step with too few open units takes what there is',
    'return remaining.every(({ units }) => units === 0) ? parts : undefined;',
    'return parts;',
  ),
  partStep(
    'a part of a hold is shipped',
    "  if (status === 'HELD' || status === 'EXPIRED')\n    return rejectUnconfirmed({ kind: 'notCommitted', reservationStatus: status });\n",
    '',
  ),
  partStep(
    'a reservation has an unlimited number of steps',
    'steps.length >= PART_STEPS_MAX',
    'false',
  ),
  parts(
    'a part is taken and not added to its line',
    '    return { ...line, [field]: (line[field] ?? 0) + quantity };',
    '    return line;',
  ),
  reservation(
    'a reservation ends while units are open',
    "  if (lines.some((line) => openUnitsOf(line) > 0)) return 'COMMITTED';\n",
    '',
  ),
  reservation(
    'a reservation of which a part was shipped ends as released',
    "shipped > 0) ? 'FULFILLED' : 'RELEASED';",
    "shipped > 0) ? 'RELEASED' : 'RELEASED';",
  ),
  reservation(
    'a COMMITTED record without open units passes an audit',
    "status === 'COMMITTED' && lines.every((line) => openUnitsOf(line) === 0);",
    "status === 'COMMITTED' && lines.length < 0;",
  ),
  inCells('domain/audit/repair-reservation')(
    'a repair ships a COMMITTED record without open units',
    '  !contradictsParts(reservation) &&\n',
    '',
  ),
  inBook('domain/reservations/release')(
    'the repeat of a release after a shipment is rejected',
    '      return reservation.lines.some(({ released = 0 }) => released > 0)',
    '      return reservation.lines.length === 0',
  ),
  checkpoint(
    'a checkpoint forgets the parts of a reservation',
    "since, formatCommitted(position), ...buckets].join(' ')",
    "since, committed, ...buckets].join(' ')",
  ),
  lostMovements(
    'a lost part is taken for all parts of its line',
    'quantity: shipped - (position?.shipped ?? 0),',
    'quantity: shipped,',
  ),
  inCells('domain/reservations/restore-reservation')(
    'a restored reservation forgets the steps that took its parts',
    'steps.length === 0 ? {} : { steps }',
    'steps.length >= 0 ? {} : { steps }',
  ),
];
