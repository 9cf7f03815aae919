import { describe, expect, test } from 'vitest';
import type { CountBasis } from '../../../lambdas/contracts/repair-api.ts';
import type { CountStock } from '../../../lambdas/reconciliation/domain/count-record.ts';
import {
  approveFinding,
  dismissFinding,
} from '../../../lambdas/reconciliation/use-cases/approve-finding.ts';
import { countStock } from '../../../lambdas/reconciliation/use-cases/count-stock.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/reconcile.ts';
import {
  findingIdOf,
  reportFinding,
} from '../../../lambdas/reconciliation/use-cases/report-finding.ts';
import { work } from '../../../lambdas/reconciliation/use-cases/work.ts';
import { RetryLater } from '../../../lambdas/shared/core/faults.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  anOrder,
  aRepair,
  detecting,
  reconciliationPorts,
  TEA,
} from '../../support/reconciliation.ts';

const CONTEXT = { by: 'reconciler', correlationId: 'corr-1', now: NOON };
const ASKED = { by: 'staff', revision: 1, now: NOON + seconds(60) };
const FINDING = findingIdOf(detecting());
const WORKER = {
  policy: { mode: 'alert', unitsPerSkuMax: 0, unitsPerRunMax: 0 },
  seconds: 60,
  repairSeconds: 60,
  clock: () => NOON,
} as const;

const REBUILD = {
  action: 'rebuildBalance',
  cell: TEA,
  version: 7,
  accounts: { available: 5, held: {}, committed: 0 },
} as const;

async function reported(overrides: Parameters<typeof detecting>[0] = {}) {
  const all = reconciliationPorts();
  await reportFinding(all.ports.findings, detecting(overrides), CONTEXT);
  return all;
}

describe('an approval', () => {
  test('does the repair at once, by its owner, and says who allowed it', async () => {
    const { ports, world } = await reported();

    const result = await approveFinding(ports, { ...ASKED, findingId: FINDING, note: 'checked' });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED', note: 'checked' } });
    expect(world.repairs).toMatchObject([
      { findingId: FINDING, by: 'staff', command: { action: 'rebuildBalance' } },
    ]);
    expect(result.ok && result.value.timeline.map(({ status, by }) => `${status} ${by}`)).toEqual([
      'OPEN reconciler',
      'APPROVED staff',
      'REPAIRED staff',
    ]);
  });

  test('that is repeated is done once', async () => {
    const { ports, world } = await reported();

    await approveFinding(ports, { ...ASKED, findingId: FINDING });
    const again = await approveFinding(ports, { ...ASKED, findingId: FINDING });

    expect(again).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
    expect(world.repairs).toHaveLength(1);
  });

  test('that the owner refuses leaves the finding open, with the reason', async () => {
    const { ports, world, findings } = await reported();
    world.refusal = { kind: 'refused', code: 'BOOK_MOVED_ON', detail: 'It has changed.' };

    const result = await approveFinding(ports, { ...ASKED, findingId: FINDING });

    expect(result).toEqual({
      ok: false,
      refusal: { kind: 'notDone', reason: 'BOOK_MOVED_ON: It has changed.' },
    });
    expect(findings.all.get(FINDING)).toMatchObject({
      status: 'OPEN',
      lastError: 'BOOK_MOVED_ON: It has changed.',
    });
  });

  test('whose worker died is finished by the next', async () => {
    const all = reconciliationPorts((call) => {
      if (call === 'before owners.repair') throw new Error('died');
    });
    await reportFinding(all.ports.findings, detecting(), CONTEXT);
    await expect(approveFinding(all.ports, { ...ASKED, findingId: FINDING })).rejects.toThrow(
      'died',
    );
    const next = { ...all.ports, owners: all.world };

    const result = await approveFinding(next, { ...ASKED, findingId: FINDING });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
  });

  test.each([
    ['other units', { repair: aRepair({ units: [{ sku: 'tea', units: 95 }] }) }],
    ['another command', { repair: aRepair({ command: { ...REBUILD, version: 8 } }) }],
    ['another effect', { repair: aRepair({ effect: 'Sets the balance wrong.' }) }],
    ['another balance', { actual: { available: 9 } }],
  ])('of what was seen is refused once the finding has %s', async (_case, changed) => {
    const { ports, findings, world } = await reported();
    await reportFinding(ports.findings, detecting(changed), CONTEXT);

    const result = await approveFinding(ports, { ...ASKED, findingId: FINDING });

    expect(result).toEqual({ ok: false, refusal: { kind: 'changed', revision: 2 } });
    expect(world.repairs).toEqual([]);
    expect(findings.all.get(FINDING)).toMatchObject({ status: 'OPEN', revision: 2 });
    expect(
      await approveFinding(ports, { ...ASKED, revision: 2, findingId: FINDING }),
    ).toMatchObject({
      ok: true,
      value: { status: 'REPAIRED' },
    });
  });

  test('counts for what was seen again without a change', async () => {
    const { ports } = await reported();
    await reportFinding(
      ports.findings,
      detecting({ since: new Date(NOON).toISOString() }),
      CONTEXT,
    );

    const result = await approveFinding(ports, { ...ASKED, findingId: FINDING });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED', revision: 1 } });
  });

  test('of a disagreement that came back is another than the one before', async () => {
    const { ports } = await reported();
    await approveFinding(ports, { ...ASKED, findingId: FINDING });
    await reportFinding(ports.findings, detecting(), CONTEXT);

    expect(await approveFinding(ports, { ...ASKED, findingId: FINDING })).toEqual({
      ok: false,
      refusal: { kind: 'changed', revision: 2 },
    });
  });

  test('whose worker died is no approval of what a later look proposes', async () => {
    const { ports, findings, world } = await approvedAndDied();

    await reportFinding(
      ports.findings,
      detecting({ repair: aRepair({ units: [{ sku: 'tea', units: 900 }] }) }),
      CONTEXT,
    );

    const note = 'The finding changed after staff had approved it. Approve it again.';
    expect(findings.all.get(FINDING)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      lastError: note,
    });
    expect(findings.all.get(FINDING)?.approval).toBeUndefined();
    expect(findings.all.get(FINDING)?.timeline.at(-1)).toMatchObject({ status: 'OPEN', note });
    expect(world.repairs).toEqual([]);
  });

  test('that was done while another look changed the finding leaves the new disagreement to be decided', async () => {
    const { ports, findings, world } = await reported();
    const owners = {
      repair: async (order: Parameters<typeof world.repair>[0]) => {
        await reportFinding(ports.findings, detecting({ actual: { available: 99 } }), CONTEXT);
        return world.repair(order);
      },
    };

    const result = await approveFinding({ ...ports, owners }, { ...ASKED, findingId: FINDING });

    expect(result).toMatchObject({ ok: true, value: { status: 'OPEN', revision: 2 } });
    expect(findings.all.get(FINDING)?.timeline.at(-1)).toMatchObject({
      status: 'OPEN',
      by: 'staff',
      note: 'The repair that was approved at revision 1 was done.',
    });
  });

  test('that is rejected late does not undo an approval that was given after it', async () => {
    const { ports, findings, world } = await reported();
    world.refusal = { kind: 'refused', code: 'BOOK_MOVED_ON', detail: '' };
    let isFirst = true;
    const slow = {
      repair: async (order: Parameters<typeof world.repair>[0]) => {
        if (isFirst) {
          isFirst = false;
          await approveFinding(ports, { ...ASKED, findingId: FINDING });
          const died = { repair: async () => Promise.reject(new Error('died')) };
          const again = { ...ASKED, findingId: FINDING, by: 'boss', now: NOON + seconds(90) };
          await expect(approveFinding({ ...ports, owners: died }, again)).rejects.toThrow('died');
        }
        return world.repair(order);
      },
    };

    await approveFinding({ ...ports, owners: slow }, { ...ASKED, findingId: FINDING });

    expect(findings.all.get(FINDING)).toMatchObject({
      status: 'APPROVED',
      approval: { by: 'boss' },
    });
  });

  test('that another person repeats is sent as the first one gave it', async () => {
    const { ports, world, findings } = await approvedAndDied();

    await approveFinding({ ...ports, owners: world }, { ...ASKED, by: 'boss', findingId: FINDING });

    expect(world.repairs).toMatchObject([{ by: 'staff' }]);
    expect(findings.all.get(FINDING)).toMatchObject({
      status: 'REPAIRED',
      approval: {
        by: 'staff',
        isByPolicy: false,
        command: { action: 'rebuildBalance', version: 7 },
      },
    });
  });

  test('of what has no proposed repair is refused', async () => {
    const all = reconciliationPorts();
    const { repair: _none, ...detected } = detecting();
    await reportFinding(all.ports.findings, detected, CONTEXT);

    const result = await approveFinding(all.ports, { ...ASKED, findingId: FINDING });

    expect(result).toEqual({ ok: false, refusal: { kind: 'noRepair' } });
  });

  test('of what is over, or is not there, is refused', async () => {
    const { ports } = await reported();
    await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING });

    expect(await approveFinding(ports, { ...ASKED, findingId: FINDING })).toEqual({
      ok: false,
      refusal: { kind: 'isOver', findingStatus: 'DISMISSED' },
    });
    expect(await approveFinding(ports, { ...ASKED, findingId: 'fnd_other' })).toEqual({
      ok: false,
      refusal: { kind: 'notFound' },
    });
  });
});

/** A finding whose approval is written down, and nothing else of it. */
async function approvedAndDied() {
  const all = await reported();
  const owners = { repair: async () => Promise.reject(new Error('died')) };
  await expect(
    approveFinding({ ...all.ports, owners }, { ...ASKED, findingId: FINDING }),
  ).rejects.toThrow('died');
  return all;
}

describe('a dismissal', () => {
  test('of what was seen is refused once the finding says something else', async () => {
    const { ports, findings } = await reported();
    await reportFinding(ports.findings, detecting({ actual: { available: 9 } }), CONTEXT);

    expect(await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING })).toEqual({
      ok: false,
      refusal: { kind: 'changed', revision: 2 },
    });
    expect(findings.all.get(FINDING)).toMatchObject({ status: 'OPEN' });
  });

  test('that is repeated changes nothing; of another revision it is refused', async () => {
    const { ports } = await reported();
    const first = await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING });

    expect(await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING })).toEqual(first);
    expect(
      await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING, revision: 2 }),
    ).toEqual({
      ok: false,
      refusal: { kind: 'changed', revision: 1 },
    });
  });
});

describe('a dismissed finding', () => {
  test('stays dismissed while the disagreement is the same, in whatever order its fields come', async () => {
    const { ports, findings } = await reported({ expected: { a: 1, b: [2, { c: null }] } });
    await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING });

    await reportFinding(
      ports.findings,
      detecting({ expected: { b: [2, { c: null }], a: 1 } }),
      CONTEXT,
    );

    expect(findings.all.get(FINDING)).toMatchObject({ status: 'DISMISSED', occurrence: 1 });
  });

  test('is open again when it says something new', async () => {
    const { ports, findings } = await reported();
    await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING });

    await reportFinding(ports.findings, detecting({ actual: { available: 9 } }), CONTEXT);

    expect(findings.all.get(FINDING)).toMatchObject({ status: 'OPEN', occurrence: 2 });
  });

  test('cannot be dismissed once it was repaired', async () => {
    const { ports } = await reported();
    await approveFinding(ports, { ...ASKED, findingId: FINDING });

    expect(await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING })).toEqual({
      ok: false,
      refusal: { kind: 'isOver', findingStatus: 'REPAIRED' },
    });
  });
});

test('what was repaired and comes back is the same finding, opened anew', async () => {
  const { ports, findings } = await reported();
  await approveFinding(ports, { ...ASKED, findingId: FINDING });

  await reportFinding(ports.findings, detecting(), { ...CONTEXT, now: NOON + seconds(500) });

  expect(findings.all.size).toBe(1);
  expect(findings.all.get(FINDING)).toMatchObject({
    status: 'OPEN',
    occurrence: 2,
    detectedAt: '2026-01-01T12:08:20.000Z',
  });
});

const BASIS: CountBasis = {
  expected: 100,
  available: 60,
  held: 0,
  committed: 40,
  adjustments: [],
  adjustmentsTotal: 0,
  short: [],
};
const counting = (overrides: Partial<CountStock> = {}): CountStock => ({
  countId: 'cnt-1',
  sku: 'tea',
  locationId: 'main',
  counted: 100,
  countedAt: new Date(NOON - seconds(600)).toISOString(),
  fingerprint: 'print-1',
  by: 'staff',
  correlationId: 'corr-1',
  now: NOON,
  ...overrides,
});
const DEFAULTS = { units: 2, percent: 1 };
/** So long after the count of `counting`. */
const later = (milliseconds: number) => new Date(NOON - seconds(600) + milliseconds).toISOString();
const RUNNING = {
  reconciliationId: 'rec-1',
  full: false,
  segments: 1,
  fingerprint: 'print-1',
  by: 'tester',
  correlationId: 'corr-1',
  now: NOON + seconds(120),
};

/** Works on the queue until it is empty. */
async function drained({ ports, queue }: ReturnType<typeof reconciliationPorts>): Promise<void> {
  for (let message = queue.waiting.shift(); message !== undefined; message = queue.waiting.shift())
    await work(ports, message, WORKER);
}

function warehouse(basis: Partial<CountBasis> = {}) {
  const all = reconciliationPorts();
  all.world.basis = { ...BASIS, ...basis };
  return all;
}

describe('a count', () => {
  test.each([
    ['that agrees', 100, {}, 'POSTED'],
    ['short by the units of the default', 98, {}, 'POSTED'],
    ['over by the units of the default', 102, {}, 'POSTED'],
    ['short by one more', 97, {}, 'PENDING_APPROVAL'],
    ['within the percent, where that is more', 990, { expected: 1_000, available: 900 }, 'POSTED'],
    ['beyond the percent', 989, { expected: 1_000, available: 900 }, 'PENDING_APPROVAL'],
    ['within the sku’s own tolerance', 90, { tolerance: { units: 10 } }, 'POSTED'],
    [
      'beyond the sku’s own tolerance, though within the default',
      99,
      { tolerance: { units: 0 } },
      'PENDING_APPROVAL',
    ],
    ['within the tolerance, but more than is available', 98, { available: 1 }, 'PENDING_APPROVAL'],
    [
      'of nothing where the book has nothing',
      0,
      { expected: 0, available: 0, committed: 0 },
      'POSTED',
    ],
  ] as const)('%s is %4$s', async (_case, counted, basis, status) => {
    const { ports, world } = warehouse(basis);

    const result = await countStock(ports, counting({ counted }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { status } });
    expect(world.repairs).toHaveLength(status === 'POSTED' ? 1 : 0);
  });

  test('is posted as it was planned, with the count before as its condition', async () => {
    const lastCount = { countId: 'cnt-0', countedAt: '2026-01-01T11:49:59.999Z' };
    const { ports, world } = warehouse({ lastCount, lastAdjustmentId: 'op-1.1' });

    await countStock(ports, counting({ counted: 99, reference: 'aisle 4' }), DEFAULTS);

    expect(world.repairs.map(({ command }) => command)).toEqual([
      {
        action: 'postCount',
        count: {
          countId: 'cnt-1',
          sku: 'tea',
          locationId: 'main',
          counted: 99,
          countedAt: '2026-01-01T11:50:00.000Z',
          expected: 100,
          delta: -1,
          lastCountId: 'cnt-0',
          lastAdjustmentId: 'op-1.1',
          reference: 'aisle 4',
        },
        short: [],
      },
    ]);
  });

  test('that is repeated answers the first, though the book has moved on', async () => {
    const { ports, world } = warehouse();
    const first = await countStock(ports, counting({ counted: 99 }), DEFAULTS);
    world.basis = { ...BASIS, expected: 50 };

    const again = await countStock(ports, counting({ counted: 99 }), DEFAULTS);

    expect(again).toEqual(first);
    expect(world.repairs).toHaveLength(1);
  });

  test('whose worker died before it was posted is posted as it was planned', async () => {
    let isFatal = true;
    const all = reconciliationPorts((call) => {
      if (isFatal && call === 'before owners.repair') throw new Error('died');
    });
    all.world.basis = BASIS;
    await expect(countStock(all.ports, counting({ counted: 99 }), DEFAULTS)).rejects.toThrow(
      'died',
    );
    isFatal = false;
    all.world.basis = { ...BASIS, expected: 98 };

    const again = await countStock(all.ports, counting({ counted: 99 }), DEFAULTS);

    expect(again).toMatchObject({
      ok: true,
      value: { status: 'POSTED', expected: 100, difference: -1 },
    });
  });

  test('under a key that was used for another is refused', async () => {
    const { ports } = warehouse();
    await countStock(ports, counting(), DEFAULTS);

    expect(await countStock(ports, counting({ fingerprint: 'print-2' }), DEFAULTS)).toEqual({
      ok: false,
      refusal: { kind: 'keyReused' },
    });
  });

  test('of a sku that inventory does not know is refused', async () => {
    const { ports } = reconciliationPorts();

    expect(await countStock(ports, counting(), DEFAULTS)).toEqual({
      ok: false,
      refusal: { kind: 'notFound' },
    });
  });

  test.each([
    ['a minute ahead is a clock that differs', 60, true],
    ['more than a minute ahead is in the future', 61, false],
    ['31 days ago is taken', -31 * 86_400, true],
    ['longer ago is not', -31 * 86_400 - 1, false],
  ])('%s', async (_case, offset, isTaken) => {
    const { ports } = warehouse();
    const countedAt = new Date(NOON + seconds(offset)).toISOString();

    const result = await countStock(ports, counting({ countedAt }), DEFAULTS);

    expect(result.ok).toBe(isTaken);
    if (!result.ok)
      expect(result.refusal).toMatchObject({
        kind: 'invalid',
        errors: [{ path: 'body.countedAt' }],
      });
  });

  test('that is posted answers what an earlier one asked', async () => {
    const { ports, world, findings, counts } = warehouse();
    await countStock(ports, counting({ counted: 50 }), DEFAULTS);
    world.basis = BASIS;

    await countStock(
      ports,
      counting({ countId: 'cnt-2', counted: 100, countedAt: later(1) }),
      DEFAULTS,
    );

    expect([...findings.all.values()]).toMatchObject([{ kind: 'COUNT_DIFFERS', status: 'CLOSED' }]);
    expect(counts.all.get('cnt-1')).toMatchObject({
      status: 'SUPERSEDED',
      supersededBy: 'cnt-2',
      delta: 0,
    });
  });
});

describe('a count beside others of its location', () => {
  const lastCount = { countId: 'cnt-0', countedAt: later(0) };

  test.each([
    ['older than the last count', later(1), 'SUPERSEDED'],
    ['of the time of the last count', later(0), 'SUPERSEDED'],
    ['later than the last count', later(-1), 'POSTED'],
  ])('that is %s', async (_case, lastCountedAt, status) => {
    const { ports, world, counts } = warehouse({
      lastCount: { ...lastCount, countedAt: lastCountedAt },
    });

    const result = await countStock(ports, counting({ counted: 99 }), DEFAULTS);

    const supersededBy = status === 'SUPERSEDED' ? { supersededBy: 'cnt-0', delta: 0 } : {};
    expect(result).toMatchObject({ ok: true, value: { status, expected: 100, ...supersededBy } });
    expect(world.repairs).toHaveLength(status === 'POSTED' ? 1 : 0);
    expect(counts.all.get('cnt-1')).toMatchObject({ status, ...supersededBy });
  });

  test('that inventory refuses as superseded is recorded so', async () => {
    const { ports, world } = warehouse();
    const owners = {
      repair: async () => {
        world.basis = { ...BASIS, lastCount };
        return {
          ok: false,
          refusal: { kind: 'refused', code: 'COUNT_SUPERSEDED', detail: 'A newer one.' },
        } as const;
      },
    };

    const result = await countStock({ ...ports, owners }, counting({ counted: 99 }), DEFAULTS);

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'SUPERSEDED', supersededBy: 'cnt-0' },
    });
  });

  test.each([
    ['beyond the tolerance', 40],
    ['inside it', 99],
  ])(
    'that is not later than one that waits for approval is superseded: %s',
    async (_case, counted) => {
      const { ports, world, findings } = warehouse();
      await countStock(ports, counting({ counted: 50 }), DEFAULTS);

      const older = counting({ countId: 'cnt-2', counted, countedAt: later(-1) });
      const result = await countStock(ports, older, DEFAULTS);

      expect(result).toMatchObject({
        ok: true,
        value: { status: 'SUPERSEDED', supersededBy: 'cnt-1' },
      });
      expect([...findings.all.values()]).toMatchObject([{ status: 'OPEN', actual: 50 }]);
      expect(world.repairs).toEqual([]);
    },
  );

  test('that is posted while a newer one begins to wait leaves the newer one open', async () => {
    const { ports, findings, counts } = warehouse();
    const newer = counting({ countId: 'cnt-2', counted: 50, countedAt: later(1) });
    const repair: typeof ports.owners.repair = async (asked) => {
      await countStock(ports, newer, DEFAULTS);
      return ports.owners.repair(asked);
    };

    await countStock(
      { ...ports, owners: { ...ports.owners, repair } },
      counting({ counted: 99 }),
      DEFAULTS,
    );

    expect([...findings.all.values()]).toMatchObject([{ status: 'OPEN', actual: 50 }]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED' });
    expect(counts.all.get('cnt-2')).toMatchObject({ status: 'PENDING_APPROVAL' });
  });

  test('that is later takes the place of one that waits for approval', async () => {
    const { ports, findings, counts } = warehouse();
    await countStock(ports, counting({ counted: 50 }), DEFAULTS);

    await countStock(
      ports,
      counting({ countId: 'cnt-2', counted: 40, countedAt: later(1) }),
      DEFAULTS,
    );

    expect([...findings.all.values()]).toMatchObject([{ status: 'OPEN', actual: 40 }]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'SUPERSEDED', supersededBy: 'cnt-2' });
    expect(counts.all.get('cnt-2')).toMatchObject({ status: 'PENDING_APPROVAL' });
  });

  test('that says what another said, which a person dismissed, asks again', async () => {
    const { ports, findings } = warehouse();
    await countStock(ports, counting({ counted: 50 }), DEFAULTS);
    const [findingId = ''] = findings.all.keys();
    await dismissFinding(findings, { ...ASKED, findingId });

    await countStock(
      ports,
      counting({ countId: 'cnt-2', counted: 50, countedAt: later(1) }),
      DEFAULTS,
    );

    expect(findings.all.get(findingId)).toMatchObject({ status: 'OPEN', occurrence: 2 });
  });
});

describe('a count beside manual adjustments', () => {
  const adjustment = {
    movementId: 'op-1.1',
    at: later(1_000),
    delta: -1,
    reason: 'shrinkage',
    note: 'torn',
    by: 'bob',
  };
  const ADJUSTED = { adjustments: [adjustment], adjustmentsTotal: 1, lastAdjustmentId: 'op-1.1' };
  const COUNT_FINDING = findingIdOf({ kind: 'COUNT_DIFFERS', subject: 'count:tea/main' });

  test('that were entered after it asks for approval, and lists them', async () => {
    const { ports, world, findings } = warehouse(ADJUSTED);

    const result = await countStock(ports, counting({ counted: 99 }), DEFAULTS);

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'PENDING_APPROVAL', difference: -1 },
    });
    expect(world.repairs).toEqual([]);
    expect(findings.all.get(COUNT_FINDING)?.records).toContainEqual(adjustment);
    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain(
      'After the count, one adjustment was entered by hand: -1 (shrinkage) at 2026-01-01T11:50:01.000Z by bob, movement op-1.1.',
    );
  });

  test('says that more were entered than are listed', async () => {
    const { ports, findings } = warehouse({ ...ADJUSTED, adjustmentsTotal: 21 });

    await countStock(ports, counting({ counted: 99 }), DEFAULTS);

    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain(
      '21 adjustments were entered by hand: ',
    );
    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain('; and more.');
  });

  test('is posted where it agrees: it moves nothing', async () => {
    const { ports } = warehouse(ADJUSTED);

    expect(await countStock(ports, counting({ counted: 100 }), DEFAULTS)).toMatchObject({
      ok: true,
      value: { status: 'POSTED', delta: 0 },
    });
  });

  test('is posted on condition that the last one is still the last one', async () => {
    const { ports, world } = warehouse({ lastAdjustmentId: 'op-0.1' });

    await countStock(ports, counting({ counted: 99 }), DEFAULTS);

    expect(world.repairs).toMatchObject([{ command: { count: { lastAdjustmentId: 'op-0.1' } } }]);
  });

  test('is compared again where one was entered between its approval and its posting', async () => {
    const { ports, world, findings } = warehouse();
    await countStock(ports, counting({ counted: 50 }), DEFAULTS);
    world.basis = { ...BASIS, ...ADJUSTED };
    world.refusal = { kind: 'refused', code: 'BOOK_MOVED_ON', detail: 'It has changed.' };

    const result = await approveFinding(ports, { ...ASKED, findingId: COUNT_FINDING });

    expect(result).toMatchObject({ ok: false, refusal: { kind: 'notDone' } });
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({
      status: 'OPEN',
      lastError: 'BOOK_MOVED_ON: It has changed.',
      repair: { command: { count: { lastAdjustmentId: 'op-1.1' } } },
    });
    expect(findings.all.get(COUNT_FINDING)?.records).toContainEqual(adjustment);
  });

  test('approved later than a newer count was posted ends as superseded', async () => {
    const { ports, world, findings, counts } = warehouse();
    await countStock(ports, counting({ counted: 50 }), DEFAULTS);
    world.basis = { ...BASIS, lastCount: { countId: 'cnt-9', countedAt: later(1) } };
    world.refusal = { kind: 'refused', code: 'COUNT_SUPERSEDED', detail: 'A newer one.' };

    const result = await approveFinding(ports, { ...ASKED, findingId: COUNT_FINDING });

    expect(result).toEqual({
      ok: false,
      refusal: { kind: 'notDone', reason: 'COUNT_SUPERSEDED: A newer one.' },
    });
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({ status: 'CLOSED' });
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'SUPERSEDED', supersededBy: 'cnt-9' });
  });
});

describe('a count of a time before the first movement', () => {
  test('asks for approval, and says so', async () => {
    const { ports, world, findings } = warehouse({
      expected: 0,
      available: 2,
      committed: 0,
      firstMovementAt: later(1),
    });

    const result = await countStock(ports, counting({ counted: 2 }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { status: 'PENDING_APPROVAL' } });
    expect([...findings.all.values()][0]?.explanation).toContain(
      'The first movement at this location is of 2026-01-01T11:50:00.001Z, after the count',
    );
    expect(world.repairs).toEqual([]);
  });
});

describe('the time of a count', () => {
  test('that cannot be compared yet is kept for its repeat', async () => {
    const all = warehouse();
    const audits = {
      ...all.ports.audits,
      countBasis: async () => {
        throw new RetryLater('busy');
      },
    };
    await expect(countStock({ ...all.ports, audits }, counting(), DEFAULTS)).rejects.toThrow(
      'busy',
    );

    const repeated = counting({ countedAt: new Date(NOON).toISOString(), now: NOON });
    const result = await countStock(all.ports, repeated, DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { status: 'POSTED', countedAt: later(0) } });
    expect(all.counts.all.get('cnt-1')?.version).toBe(3);
  });

  test('is never later than its request, though the clock of the person is ahead', async () => {
    const { ports } = warehouse();
    const ahead = new Date(NOON + seconds(60)).toISOString();

    const result = await countStock(ports, counting({ countedAt: ahead }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { countedAt: new Date(NOON).toISOString() } });
  });
});

describe('a count that leaves orders without their units', () => {
  const SHORT = [
    { reservationId: 'ord-9', orderId: 'ord-9', quantity: 3, since: '2026-01-01T11:00:00.000Z' },
    { reservationId: 'ord-8', orderId: 'ord-8', quantity: 2, since: '2026-01-01T10:00:00.000Z' },
  ];
  const COUNT_FINDING = findingIdOf({ kind: 'COUNT_DIFFERS', subject: 'count:tea/main' });
  const approving = { ...ASKED, findingId: COUNT_FINDING };

  async function counted() {
    const all = warehouse({ short: SHORT });
    all.world.orderList = [
      anOrder({ orderId: 'ord-9', version: 6 }),
      anOrder({ orderId: 'ord-8', version: 5 }),
    ];
    await countStock(all.ports, counting({ counted: 36 }), DEFAULTS);
    return all;
  }

  test('waits for approval, and names the orders, newest first', async () => {
    const { findings } = await counted();

    expect(findings.all.get(COUNT_FINDING)).toMatchObject({ status: 'OPEN', difference: -64 });
    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain('newest first: ord-9, ord-8');
  });

  test('cannot be approved without saying what becomes of them', async () => {
    const { ports } = await counted();

    expect(await approveFinding(ports, approving)).toEqual({
      ok: false,
      refusal: { kind: 'ordersUndecided', orders: ['ord-9', 'ord-8'] },
    });
  });

  test('cancels them through their saga, waits until their units are free, and is posted then', async () => {
    const { ports, world, queue, counts } = await counted();
    const owners = {
      repair: async (order: Parameters<typeof world.repair>[0]) => {
        const isWaiting = order.command.action === 'postCount' && queue.delays.length === 0;
        return isWaiting
          ? ({
              ok: false,
              refusal: { kind: 'refused', code: 'INSUFFICIENT_STOCK', detail: '' },
            } as const)
          : world.repair(order);
      },
    };

    const approved = await approveFinding({ ...ports, owners }, { ...approving, orders: 'cancel' });
    const [message] = queue.waiting.splice(0);
    if (message) await work({ ...ports, owners }, message, WORKER);

    expect(approved).toMatchObject({ ok: true, value: { status: 'APPROVED' } });
    expect(queue.delays).toEqual([15]);
    expect(world.repairs.map(({ command }) => command)).toMatchObject([
      { action: 'cancelOrder', orderId: 'ord-9', version: 6 },
      { action: 'cancelOrder', orderId: 'ord-8', version: 5 },
      { action: 'postCount', count: { delta: -64 } },
    ]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED', delta: -64 });
  });

  test('is posted as the approver, though a run sends it again after the worker died', async () => {
    const { ports, world, findings, counts, ...others } = await counted();
    const isPost = ({ command }: Parameters<typeof world.repair>[0]) =>
      command.action === 'postCount';
    // The owner does it; whoever sent it does not hear of it.
    const dying = {
      repair: async (order: Parameters<typeof world.repair>[0]) => {
        const result = await world.repair(order);
        if (isPost(order)) throw new Error('died');
        return result;
      },
    };
    await expect(
      approveFinding({ ...ports, owners: dying }, { ...approving, orders: 'keep' }),
    ).rejects.toThrow('died');
    // What is available has changed since.
    world.basis = { ...BASIS, short: SHORT, available: 7 };

    await startReconciliation(ports, RUNNING);
    await drained({ ports, world, findings, counts, ...others });

    expect(world.repairs.filter(isPost)).toMatchObject([
      { by: 'staff', command: { count: { delta: -60 } } },
      { by: 'staff', command: { count: { delta: -60 } } },
    ]);
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({ status: 'REPAIRED' });
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED', delta: -60 });
  });

  test('is not approved for another count of the shelf that comes meanwhile', async () => {
    const { ports, world, findings, queue } = await counted();
    const busy = {
      repair: async (order: Parameters<typeof world.repair>[0]) =>
        order.command.action === 'postCount'
          ? ({
              ok: false,
              refusal: { kind: 'refused', code: 'INSUFFICIENT_STOCK', detail: '' },
            } as const)
          : world.repair(order),
    };
    await approveFinding({ ...ports, owners: busy }, { ...approving, orders: 'cancel' });
    await countStock(
      { ...ports, owners: busy },
      counting({ countId: 'cnt-2', counted: 0, countedAt: later(1) }),
      DEFAULTS,
    );
    const [message] = queue.waiting.splice(0);

    if (message) await work(ports, message, WORKER);

    expect(world.repairs.map(({ command }) => command.action)).not.toContain('postCount');
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      difference: -100,
    });
    expect(findings.all.get(COUNT_FINDING)?.lastError).toContain(
      'changed after staff had approved it',
    );
  });

  test('keeps the first decision about its orders', async () => {
    const { ports, world } = await counted();
    const busy = {
      repair: async () =>
        ({
          ok: false,
          refusal: { kind: 'refused', code: 'INSUFFICIENT_STOCK', detail: '' },
        }) as const,
    };
    await approveFinding({ ...ports, owners: busy }, { ...approving, orders: 'cancel' });

    const other = await approveFinding(ports, { ...approving, by: 'boss', orders: 'keep' });

    expect(other).toEqual({ ok: false, refusal: { kind: 'approvedOtherwise', orders: 'cancel' } });
    expect(world.repairs).toEqual([]);
  });

  test('waits by messages of its own approval only', async () => {
    const { ports, world, queue } = await counted();
    const busy = {
      repair: async (order: Parameters<typeof world.repair>[0]) =>
        order.command.action === 'postCount'
          ? ({
              ok: false,
              refusal: { kind: 'refused', code: 'INSUFFICIENT_STOCK', detail: '' },
            } as const)
          : world.repair(order),
    };
    await approveFinding({ ...ports, owners: busy }, { ...approving, orders: 'cancel' });
    const [message] = queue.waiting.splice(0);
    if (message?.kind !== 'repair') throw new Error('no message waits for the repair');

    await work(ports, { ...message, approvedAt: '2026-01-01T00:00:00.000Z' }, WORKER);

    expect(world.repairs.map(({ command }) => command.action)).not.toContain('postCount');
  });

  test('may leave them: then as much is posted as is available', async () => {
    const { ports, world, counts } = await counted();

    const approved = await approveFinding(ports, { ...approving, orders: 'keep' });

    expect(approved).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
    expect(world.repairs.map(({ command }) => command)).toMatchObject([
      { action: 'postCount', count: { delta: -60 } },
    ]);
    expect(counts.all.get('cnt-1')).toMatchObject({
      status: 'POSTED',
      difference: -64,
      delta: -60,
    });
  });
});
