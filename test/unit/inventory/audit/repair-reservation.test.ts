import { describe, expect, test } from 'vitest';
import {
  type ClaimInCell,
  decideRepairReservation,
  type RepairReservation,
} from '../../../../lambdas/inventory/domain/audit/repair-reservation.ts';
import type { Cell } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Reservation } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  aCell,
  aReservation,
  changeOf,
  context,
  NOON_SLOT,
  stateWith,
} from '../../../support/inventory.ts';

const SLOT = NOON_SLOT + 600;
const TEA = 'tea#main#0';

const claiming = (
  held: readonly [number, number][],
  committed: number,
  overrides: Partial<ClaimInCell> = {},
): ClaimInCell => ({
  claim: { held: new Map(held), committed },
  lastKind: 'RESERVED',
  version: 1,
  ...overrides,
});
const repairing = (overrides: Partial<RepairReservation> = {}): RepairReservation => ({
  ...context(),
  reservationId: 'res-1',
  findingId: 'fnd-1',
  version: 1,
  action: 'follow',
  claims: new Map([[TEA, claiming([[SLOT, 3]], 0)]]),
  ...overrides,
});
const decide = (
  reservation: Reservation,
  cell: Partial<Cell>,
  command: Partial<RepairReservation> = {},
) => decideRepairReservation(stateWith([aCell(cell)], { reservation }), repairing(command));

describe('following the movements', () => {
  test.each<[string, ClaimInCell, Partial<Reservation>]>([
    ['held', claiming([[SLOT + 60, 3]], 0), { status: 'HELD', heldUntil: SLOT + 60 }],
    ['committed', claiming([], 3), { status: 'COMMITTED' }],
    ['shipped', claiming([], 0, { lastKind: 'SHIPPED' }), { status: 'FULFILLED' }],
    ['released', claiming([], 0, { lastKind: 'RELEASED' }), { status: 'RELEASED' }],
    ['nothing any more', claiming([], 0), { status: 'EXPIRED' }],
  ])('sets the record to what they say: %s', (_case, claim, expected) => {
    const decision = decide(
      aReservation({ status: 'COMMITTED' }),
      {},
      { claims: new Map([[TEA, claim]]) },
    );

    expect(decision).toMatchObject({ ok: true, value: { value: { ...expected, version: 2 } } });
    // Nothing moves; but the cell must be what was read.
    expect(changeOf(decision).cells).toMatchObject([
      { movements: [], guard: { version: 1 }, available: 0 },
    ]);
  });

  test('leaves a trace on the record', () => {
    const decision = decide(
      aReservation({ status: 'RELEASED' }),
      {},
      { claims: new Map([[TEA, claiming([], 3)]]) },
    );

    expect(decision.ok && decision.value.value.repairs).toEqual([
      { findingId: 'fnd-1', version: 1, action: 'follow', at: context().now, before: 'RELEASED' },
    ]);
  });

  test('lets units go that a settled record still holds', () => {
    const decision = decide(aReservation({ status: 'RELEASED' }), { held: { [SLOT]: 3 } });

    expect(decision).toMatchObject({ ok: true, value: { value: { status: 'RELEASED' } } });
    expect(changeOf(decision).cells).toMatchObject([
      { available: 3, held: { [SLOT]: -3 }, movements: [{ kind: 'RELEASED', quantity: 3 }] },
    ]);
  });

  test.each<[string, ClaimInCell, Partial<Cell>, object]>([
    ['committed', claiming([], 3), { committed: 3 }, { available: 3, committed: -3 }],
    [
      'held',
      claiming([[SLOT, 3]], 0),
      { held: { [SLOT]: 3 } },
      { available: 3, held: { [SLOT]: -3 } },
    ],
  ])('lets units go that a mark without lines has left %s', (_case, claim, cell, change) => {
    const tombstone = aReservation({ status: 'RELEASED', lines: [] });

    const decision = decide(tombstone, cell, {
      cell: { sku: 'tea', locationId: 'main', shard: 0 },
      claims: new Map([[TEA, claim]]),
    });

    expect(changeOf(decision).cells).toMatchObject([
      { ...change, guard: { version: 1 }, movements: [{ kind: 'RELEASED' }] },
    ]);
  });

  test.each<[string, ClaimInCell, string]>([
    ['the movements say two things', claiming([[SLOT, 1]], 2), 'notRepairable'],
    ['they say it of other units', claiming([], 2), 'notRepairable'],
    ['the cell has changed since they were read', claiming([], 3, { version: 2 }), 'movedOn'],
  ])('is refused where %s', (_case, claim, kind) => {
    expect(decide(aReservation(), {}, { claims: new Map([[TEA, claim]]) })).toEqual({
      ok: false,
      refusal: { kind },
    });
  });
});

describe('a step that did not happen', () => {
  test.each([
    ['commit', { status: 'HELD' }, { held: { [SLOT]: 3 } }, claiming([[SLOT, 3]], 0), 'COMMITTED'],
    ['ship', { status: 'COMMITTED' }, { committed: 3 }, claiming([], 3), 'FULFILLED'],
    ['release', { status: 'COMMITTED' }, { committed: 3 }, claiming([], 3), 'RELEASED'],
  ] as const)('is taken: %s', (action, record, cell, claim, status) => {
    const decision = decide(aReservation(record), cell, {
      action,
      claims: new Map([[TEA, claim]]),
    });

    expect(decision).toMatchObject({ ok: true, value: { value: { status, version: 2 } } });
  });

  test('is not taken where the movements disagree with the record: it may have been taken before', () => {
    const decision = decide(
      aReservation({ status: 'HELD' }),
      { available: 9, committed: 3 },
      {
        action: 'commit',
        claims: new Map([[TEA, claiming([], 3)]]),
      },
    );

    expect(decision).toEqual({ ok: false, refusal: { kind: 'notRepairable' } });
  });

  test.each(['commit', 'ship', 'release'] as const)(
    'is refused as moved on where a cell has changed since its movements were read: %s',
    (action) => {
      const record = { status: action === 'commit' ? ('HELD' as const) : ('COMMITTED' as const) };

      const decision = decide(aReservation(record), { version: 2 }, { action });

      expect(decision).toEqual({ ok: false, refusal: { kind: 'movedOn' } });
    },
  );

  test('that cannot follow is refused: nothing ships that is not committed', () => {
    const decision = decide(
      aReservation({ status: 'HELD' }),
      { held: { [SLOT]: 3 } },
      { action: 'ship' },
    );

    expect(decision).toEqual({ ok: false, refusal: { kind: 'notRepairable' } });
  });
});

test('a repair is done once: its repeat answers what the record is', () => {
  const done = aReservation({
    status: 'FULFILLED',
    version: 2,
    repairs: [{ findingId: 'fnd-1', version: 1, action: 'ship', at: 0, before: 'COMMITTED' }],
  });

  expect(decide(done, {}, { action: 'ship' })).toEqual({ ok: true, value: { value: done } });
});

test.each([
  ['that has moved on', aReservation({ version: 2 }), 'movedOn'],
  ['that is not there', undefined, 'notFound'],
])('a reservation %s is left as it is', (_case, reservation, kind) => {
  const state = stateWith([aCell()], reservation === undefined ? {} : { reservation });

  expect(decideRepairReservation(state, repairing())).toEqual({ ok: false, refusal: { kind } });
});
