import { inCells, type Mutant } from '../../mutant.ts';

const movement = inCells('domain/ledger/movement');

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
];
