import * as z from 'zod/mini';
import { AdjustmentReason } from '../../contracts/api/inventory.ts';
import { Balance, EpochMilliseconds, EpochSeconds } from '../../contracts/primitives.ts';
import type { Checkpoint } from '../domain/audit/checkpoint.ts';
import type { Cell } from '../domain/ledger/cell.ts';
import type { Movement } from '../domain/ledger/movement.ts';
import { balanceKey, CELL_PREFIX, cellPk, MOVEMENTS_PREFIX } from './book-items.ts';
import {
  Accounts,
  Count,
  cellKey,
  defineBookRecord,
  MovementRecord,
  Text,
  Units,
  Version,
} from './book-schemas.ts';

export const BALANCE = defineBookRecord<Cell>({
  type: 'balance',
  pk: CELL_PREFIX,
  sk: 'BALANCE',
  keyOf: balanceKey,
  storageOnly: ['updatedAt'],
  schema: z.object({
    ...cellKey,
    ...Accounts,
    expiredThrough: EpochSeconds,
    version: Version,
    conflicts: z.exactOptional(Count),
    floor: z.exactOptional(Units),
    lastCount: z.exactOptional(
      z.object({
        countId: Text,
        countedAt: EpochMilliseconds,
        counted: Count,
        expected: Balance,
        postedAt: EpochMilliseconds,
        by: z.string(),
      }),
    ),
    lastAdjustment: z.exactOptional(
      z.object({
        movementId: Text,
        at: EpochMilliseconds,
        delta: Balance,
        reason: AdjustmentReason,
        by: z.string(),
      }),
    ),
  }),
});

/** All movements of one change in one cell. */
type MovementsRecord = Pick<Cell, 'sku' | 'locationId' | 'shard'> & {
  readonly movements: readonly Movement[];
  readonly correlationId: string;
};
const MOVEMENTS_KEY = /^MOVE#\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z#./;

export const MOVEMENTS = defineBookRecord<MovementsRecord>({
  type: 'movements',
  pk: CELL_PREFIX,
  sk: MOVEMENTS_PREFIX,
  keyOf: (cell) => ({ pk: cellPk(cell) }),
  schema: z.object({
    sk: z.string().check(z.regex(MOVEMENTS_KEY)),
    ...cellKey,
    movements: z.array(MovementRecord).check(z.minLength(1)),
    correlationId: z.string(),
  }),
});

/**
 * Format of a position:
 * `<reservation> <order or -> <since> <committed>[/<shipped>/<released>] [<bucket>:<units>…]`.
 */
const POSITION = /^\S+ \S+ \d+ -?\d+(\/\d+\/\d+)?( \d+:-?\d+)*$/;

export const CHECKPOINT = defineBookRecord<Checkpoint>({
  type: 'checkpoint',
  pk: CELL_PREFIX,
  sk: 'CHECKPOINT',
  schema: z.object({
    through: z.string().check(z.regex(MOVEMENTS_KEY)),
    throughAt: EpochMilliseconds,
    accounts: z.object(Accounts),
    positions: z.array(z.string().check(z.regex(POSITION))),
  }),
});
