import { describe, expect, test } from 'vitest';
import {
  decideRepairReservation,
  type RepairReservation,
} from '../../../../lambdas/inventory/domain/audit/repair-reservation.ts';
import type { ReplayedReservation } from '../../../../lambdas/inventory/domain/audit/replayed-reservation.ts';
import type { Cell } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Reservation } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  aCell,
  aReservation,
  changeOf,
  context,
  HOLD_BUCKET,
  stateWith,
} from '../../../support/inventory.ts';

const TEA = 'tea#main#0';

const replayedReservation = (
  held: readonly [number, number][],
  committed: number,
  overrides: Partial<ReplayedReservation> = {},
): ReplayedReservation => ({
  units: { held: new Map(held), committed },
  shipped: 0,
  released: 0,
  lastKind: 'RESERVED',
  version: 1,
  ...overrides,
});
const repairCommand = (overrides: Partial<RepairReservation> = {}): RepairReservation => ({
  ...context(),
  reservationId: 'res-1',
  findingId: 'fnd-1',
  version: 1,
  action: 'followMovements',
  replayed: new Map([[TEA, replayedReservation([[HOLD_BUCKET, 3]], 0)]]),
  ...overrides,
});
const decide = (
  reservation: Reservation,
  cell: Partial<Cell>,
  command: Partial<RepairReservation> = {},
) => decideRepairReservation(stateWith([aCell(cell)], { reservation }), repairCommand(command));

describe('a repair that follows the movements', () => {
  test.each<[string, ReplayedReservation, Partial<Reservation>]>([
    [
      'held',
      replayedReservation([[HOLD_BUCKET + 60, 3]], 0),
      { status: 'HELD', heldUntil: HOLD_BUCKET + 60 },
    ],
    ['committed', replayedReservation([], 3), { status: 'COMMITTED' }],
    [
      'shipped',
      replayedReservation([], 0, { shipped: 3, lastKind: 'SHIPPED' }),
      { status: 'FULFILLED' },
    ],
    ['released', replayedReservation([], 0, { lastKind: 'RELEASED' }), { status: 'RELEASED' }],
    ['expired', replayedReservation([], 0), { status: 'EXPIRED' }],
  ])('sets the record to their status: %s', (_case, replayed, expected) => {
    const decision = decide(
      aReservation({ status: 'COMMITTED' }),
      {},
      { replayed: new Map([[TEA, replayed]]) },
    );

    expect(decision).toMatchObject({ next: 'commit', value: { ...expected, version: 2 } });
    // Nothing moves, but the cell must not have changed.
    expect(changeOf(decision).cells).toMatchObject([
      { movements: [], guard: { version: 1 }, available: 0 },
    ]);
  });

  test('adds a trace to the record', () => {
    const decision = decide(
      aReservation({ status: 'RELEASED' }),
      {},
      { replayed: new Map([[TEA, replayedReservation([], 3)]]) },
    );

    expect(decision.next === 'commit' && decision.value.repairs).toEqual([
      {
        findingId: 'fnd-1',
        version: 1,
        action: 'followMovements',
        at: context().now,
        statusBefore: 'RELEASED',
      },
    ]);
  });

  test('releases units that an ended reservation still holds', () => {
    const decision = decide(aReservation({ status: 'RELEASED' }), { held: { [HOLD_BUCKET]: 3 } });

    expect(decision).toMatchObject({ next: 'commit', value: { status: 'RELEASED' } });
    expect(changeOf(decision).cells).toMatchObject([
      {
        available: 3,
        held: { [HOLD_BUCKET]: -3 },
        movements: [{ kind: 'RELEASED', quantity: 3 }],
      },
    ]);
  });

  test.each<[string, ReplayedReservation, Partial<Cell>, object]>([
    ['committed', replayedReservation([], 3), { committed: 3 }, { available: 3, committed: -3 }],
    [
      'held',
      replayedReservation([[HOLD_BUCKET, 3]], 0),
      { held: { [HOLD_BUCKET]: 3 } },
      { available: 3, held: { [HOLD_BUCKET]: -3 } },
    ],
  ])('releases units that a record without lines left %s', (_case, replayed, cell, change) => {
    const tombstone = aReservation({ status: 'RELEASED', lines: [] });

    const decision = decide(tombstone, cell, {
      cell: { sku: 'tea', locationId: 'main', shard: 0 },
      replayed: new Map([[TEA, replayed]]),
    });

    expect(changeOf(decision).cells).toMatchObject([
      { ...change, guard: { version: 1 }, movements: [{ kind: 'RELEASED' }] },
    ]);
  });

  test.each<[string, ReplayedReservation, string]>([
    [
      'the movements show two statuses',
      replayedReservation([[HOLD_BUCKET, 1]], 2),
      'notRepairable',
    ],
    ['the movements have another number of units', replayedReservation([], 2), 'notRepairable'],
    [
      'the cell changed after they were read',
      replayedReservation([], 3, { version: 2 }),
      'versionConflict',
    ],
  ])('is rejected when %s', (_case, replayed, kind) => {
    expect(decide(aReservation(), {}, { replayed: new Map([[TEA, replayed]]) })).toMatchObject({
      next: 'reject',
      error: { kind },
    });
  });
});

describe('a repair that takes a missing step', () => {
  test.each([
    [
      'commit',
      { status: 'HELD' },
      { held: { [HOLD_BUCKET]: 3 } },
      replayedReservation([[HOLD_BUCKET, 3]], 0),
      'COMMITTED',
    ],
    ['ship', { status: 'COMMITTED' }, { committed: 3 }, replayedReservation([], 3), 'FULFILLED'],
    ['release', { status: 'COMMITTED' }, { committed: 3 }, replayedReservation([], 3), 'RELEASED'],
  ] as const)('takes it: %s', (action, record, cell, replayed, status) => {
    const decision = decide(aReservation(record), cell, {
      action,
      replayed: new Map([[TEA, replayed]]),
    });

    expect(decision).toMatchObject({ next: 'commit', value: { status, version: 2 } });
  });

  test('is rejected when the movements disagree with the record: the step may have been taken', () => {
    const decision = decide(
      aReservation({ status: 'HELD' }),
      { available: 9, committed: 3 },
      {
        action: 'commit',
        replayed: new Map([[TEA, replayedReservation([], 3)]]),
      },
    );

    expect(decision).toMatchObject({ next: 'reject', error: { kind: 'notRepairable' } });
  });

  test.each(['ship', 'release'] as const)(
    'is rejected when a COMMITTED record has no open units: %s',
    (action) => {
      const [line] = aReservation().lines;
      const lines = line === undefined ? [] : [{ ...line, shipped: line.quantity }];

      for (const committed of [0, 3]) {
        const decision = decide(
          aReservation({ status: 'COMMITTED', lines }),
          { committed },
          { action, replayed: new Map([[TEA, replayedReservation([], committed)]]) },
        );

        expect(decision).toMatchObject({ next: 'reject', error: { kind: 'notRepairable' } });
      }
    },
  );

  test.each(['commit', 'ship', 'release'] as const)(
    'is rejected when a cell changed after its movements were read: %s',
    (action) => {
      const record = { status: action === 'commit' ? ('HELD' as const) : ('COMMITTED' as const) };

      const decision = decide(aReservation(record), { version: 2 }, { action });

      expect(decision).toMatchObject({ next: 'reject', error: { kind: 'versionConflict' } });
    },
  );

  test('is rejected when the status does not allow the step: a held reservation cannot ship', () => {
    const decision = decide(
      aReservation({ status: 'HELD' }),
      { held: { [HOLD_BUCKET]: 3 } },
      { action: 'ship' },
    );

    expect(decision).toMatchObject({ next: 'reject', error: { kind: 'notRepairable' } });
  });
});

test('a repeat of a repair returns the record and changes nothing', () => {
  const done = aReservation({
    status: 'FULFILLED',
    version: 2,
    repairs: [{ findingId: 'fnd-1', version: 1, action: 'ship', at: 0, statusBefore: 'COMMITTED' }],
  });

  expect(decide(done, {}, { action: 'ship' })).toEqual({ next: 'replay', value: done });
});

test.each([
  ['that changed after the audit', aReservation({ version: 2 }), 'versionConflict'],
  ['that does not exist', undefined, 'notFound'],
])('a reservation %s is not repaired', (_case, reservation, kind) => {
  const state = stateWith([aCell()], reservation === undefined ? {} : { reservation });

  expect(decideRepairReservation(state, repairCommand())).toMatchObject({
    next: 'reject',
    error: { kind },
  });
});
