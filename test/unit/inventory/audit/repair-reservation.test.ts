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
  NOON_BUCKET,
  stateWith,
} from '../../../support/inventory.ts';

const SLOT = NOON_BUCKET + 600;
const TEA = 'tea#main#0';

const replayedReservation = (
  held: readonly [number, number][],
  committed: number,
  overrides: Partial<ReplayedReservation> = {},
): ReplayedReservation => ({
  units: { held: new Map(held), committed },
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
  replayed: new Map([[TEA, replayedReservation([[SLOT, 3]], 0)]]),
  ...overrides,
});
const decide = (
  reservation: Reservation,
  cell: Partial<Cell>,
  command: Partial<RepairReservation> = {},
) => decideRepairReservation(stateWith([aCell(cell)], { reservation }), repairCommand(command));

describe('following the movements', () => {
  test.each<[string, ReplayedReservation, Partial<Reservation>]>([
    ['held', replayedReservation([[SLOT + 60, 3]], 0), { status: 'HELD', heldUntil: SLOT + 60 }],
    ['committed', replayedReservation([], 3), { status: 'COMMITTED' }],
    ['shipped', replayedReservation([], 0, { lastKind: 'SHIPPED' }), { status: 'FULFILLED' }],
    ['released', replayedReservation([], 0, { lastKind: 'RELEASED' }), { status: 'RELEASED' }],
    ['nothing any more', replayedReservation([], 0), { status: 'EXPIRED' }],
  ])('sets the record to what they say: %s', (_case, claim, expected) => {
    const decision = decide(
      aReservation({ status: 'COMMITTED' }),
      {},
      { replayed: new Map([[TEA, claim]]) },
    );

    expect(decision).toMatchObject({ next: 'commit', value: { ...expected, version: 2 } });
    // Nothing moves; but the cell must be what was read.
    expect(changeOf(decision).cells).toMatchObject([
      { movements: [], guard: { version: 1 }, available: 0 },
    ]);
  });

  test('leaves a trace on the record', () => {
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

  test('lets units go that a settled record still holds', () => {
    const decision = decide(aReservation({ status: 'RELEASED' }), { held: { [SLOT]: 3 } });

    expect(decision).toMatchObject({ next: 'commit', value: { status: 'RELEASED' } });
    expect(changeOf(decision).cells).toMatchObject([
      {
        available: 3,
        held: { [SLOT]: -3 },
        movements: [{ kind: 'RELEASED', quantity: 3 }],
      },
    ]);
  });

  test.each<[string, ReplayedReservation, Partial<Cell>, object]>([
    ['committed', replayedReservation([], 3), { committed: 3 }, { available: 3, committed: -3 }],
    [
      'held',
      replayedReservation([[SLOT, 3]], 0),
      { held: { [SLOT]: 3 } },
      { available: 3, held: { [SLOT]: -3 } },
    ],
  ])('lets units go that a mark without lines has left %s', (_case, claim, cell, change) => {
    const tombstone = aReservation({ status: 'RELEASED', lines: [] });

    const decision = decide(tombstone, cell, {
      cell: { sku: 'tea', locationId: 'main', shard: 0 },
      replayed: new Map([[TEA, claim]]),
    });

    expect(changeOf(decision).cells).toMatchObject([
      { ...change, guard: { version: 1 }, movements: [{ kind: 'RELEASED' }] },
    ]);
  });

  test.each<[string, ReplayedReservation, string]>([
    ['the movements say two things', replayedReservation([[SLOT, 1]], 2), 'notRepairable'],
    ['they say it of other units', replayedReservation([], 2), 'notRepairable'],
    [
      'the cell has changed since they were read',
      replayedReservation([], 3, { version: 2 }),
      'versionConflict',
    ],
  ])('is refused where %s', (_case, claim, kind) => {
    expect(decide(aReservation(), {}, { replayed: new Map([[TEA, claim]]) })).toMatchObject({
      next: 'reject',
      error: { kind },
    });
  });
});

describe('a step that did not happen', () => {
  test.each([
    [
      'commit',
      { status: 'HELD' },
      { held: { [SLOT]: 3 } },
      replayedReservation([[SLOT, 3]], 0),
      'COMMITTED',
    ],
    ['ship', { status: 'COMMITTED' }, { committed: 3 }, replayedReservation([], 3), 'FULFILLED'],
    ['release', { status: 'COMMITTED' }, { committed: 3 }, replayedReservation([], 3), 'RELEASED'],
  ] as const)('is taken: %s', (action, record, cell, claim, status) => {
    const decision = decide(aReservation(record), cell, {
      action,
      replayed: new Map([[TEA, claim]]),
    });

    expect(decision).toMatchObject({ next: 'commit', value: { status, version: 2 } });
  });

  test('is not taken where the movements disagree with the record: it may have been taken before', () => {
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

  test.each(['commit', 'ship', 'release'] as const)(
    'is refused as moved on where a cell has changed since its movements were read: %s',
    (action) => {
      const record = { status: action === 'commit' ? ('HELD' as const) : ('COMMITTED' as const) };

      const decision = decide(aReservation(record), { version: 2 }, { action });

      expect(decision).toMatchObject({ next: 'reject', error: { kind: 'versionConflict' } });
    },
  );

  test('that cannot follow is refused: nothing ships that is not committed', () => {
    const decision = decide(
      aReservation({ status: 'HELD' }),
      { held: { [SLOT]: 3 } },
      { action: 'ship' },
    );

    expect(decision).toMatchObject({ next: 'reject', error: { kind: 'notRepairable' } });
  });
});

test('a repair is done once: its repeat answers what the record is', () => {
  const done = aReservation({
    status: 'FULFILLED',
    version: 2,
    repairs: [{ findingId: 'fnd-1', version: 1, action: 'ship', at: 0, statusBefore: 'COMMITTED' }],
  });

  expect(decide(done, {}, { action: 'ship' })).toEqual({ next: 'replay', value: done });
});

test.each([
  ['that has moved on', aReservation({ version: 2 }), 'versionConflict'],
  ['that is not there', undefined, 'notFound'],
])('a reservation %s is left as it is', (_case, reservation, kind) => {
  const state = stateWith([aCell()], reservation === undefined ? {} : { reservation });

  expect(decideRepairReservation(state, repairCommand())).toMatchObject({
    next: 'reject',
    error: { kind },
  });
});
