import { describe, expect, test } from 'vitest';
import type { CountBasis } from '../../../lambdas/contracts/repair-api.ts';
import { approveFinding, dismissFinding } from '../../../lambdas/reconciliation/use-cases/approve-finding.ts';
import { type CountStock, countStock } from '../../../lambdas/reconciliation/use-cases/count-stock.ts';
import { work } from '../../../lambdas/reconciliation/use-cases/reconcile.ts';
import { findingIdOf, reportFinding } from '../../../lambdas/reconciliation/use-cases/report-finding.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { anOrder, detecting, reconciliationPorts } from '../../support/reconciliation.ts';

const CONTEXT = { by: 'reconciler', correlationId: 'corr-1', now: NOON };
const ASKED = { by: 'staff', now: NOON + seconds(60) };
const FINDING = findingIdOf(detecting());
const WORKER = {
  policy: { mode: 'alert', unitsPerSkuMax: 0, unitsPerRunMax: 0 },
  seconds: 60,
  clock: () => NOON,
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
    await expect(approveFinding(all.ports, { ...ASKED, findingId: FINDING })).rejects.toThrow('died');
    const next = { ...all.ports, owners: all.world };

    const result = await approveFinding(next, { ...ASKED, findingId: FINDING });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
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

describe('a dismissed finding', () => {
  test('stays dismissed while the disagreement is the same, in whatever order its fields come', async () => {
    const { ports, findings } = await reported({ expected: { a: 1, b: [2, { c: null }] } });
    await dismissFinding(ports.findings, { ...ASKED, findingId: FINDING });

    await reportFinding(ports.findings, detecting({ expected: { b: [2, { c: null }], a: 1 } }), CONTEXT);

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

const BASIS: CountBasis = { expected: 100, available: 60, held: 0, committed: 40, short: [] };
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
    ['of nothing where the book has nothing', 0, { expected: 0, available: 0, committed: 0 }, 'POSTED'],
  ] as const)('%s is %4$s', async (_case, counted, basis, status) => {
    const { ports, world } = warehouse(basis);

    const result = await countStock(ports, counting({ counted }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { status } });
    expect(world.repairs).toHaveLength(status === 'POSTED' ? 1 : 0);
  });

  test('is posted as it was planned, with the count before as its condition', async () => {
    const { ports, world } = warehouse({ lastCountId: 'cnt-0' });

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
    await expect(countStock(all.ports, counting({ counted: 99 }), DEFAULTS)).rejects.toThrow('died');
    isFatal = false;
    all.world.basis = { ...BASIS, expected: 98 };

    const again = await countStock(all.ports, counting({ counted: 99 }), DEFAULTS);

    expect(again).toMatchObject({ ok: true, value: { status: 'POSTED', expected: 100, difference: -1 } });
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
      expect(result.refusal).toMatchObject({ kind: 'invalid', errors: [{ path: 'body.countedAt' }] });
  });

  test('that is posted answers what an earlier one asked', async () => {
    const { ports, world, findings } = warehouse();
    await countStock(ports, counting({ counted: 50 }), DEFAULTS);
    world.basis = BASIS;

    await countStock(ports, counting({ countId: 'cnt-2', counted: 100 }), DEFAULTS);

    expect([...findings.all.values()]).toMatchObject([{ kind: 'COUNT_DIFFERS', status: 'CLOSED' }]);
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
          ? ({ ok: false, refusal: { kind: 'refused', code: 'INSUFFICIENT_STOCK', detail: '' } } as const)
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

  test('may leave them: then as much is posted as is available', async () => {
    const { ports, world, counts } = await counted();

    const approved = await approveFinding(ports, { ...approving, orders: 'keep' });

    expect(approved).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
    expect(world.repairs.map(({ command }) => command)).toMatchObject([
      { action: 'postCount', count: { delta: -60 } },
    ]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED', difference: -64, delta: -60 });
  });
});
