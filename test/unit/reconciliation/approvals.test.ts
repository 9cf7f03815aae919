import { describe, expect, test } from 'vitest';
import type { CountBasis } from '../../../lambdas/contracts/api/repair.ts';
import type { CountStockInput } from '../../../lambdas/reconciliation/domain/counts/count-record.ts';
import { countStock } from '../../../lambdas/reconciliation/use-cases/counts/count-stock.ts';
import { approveFinding } from '../../../lambdas/reconciliation/use-cases/findings/approve-finding.ts';
import { dismissFinding } from '../../../lambdas/reconciliation/use-cases/findings/dismiss-finding.ts';
import {
  findingIdOf,
  reportFinding,
} from '../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import { processWork } from '../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { aDetection, anOrder, aRepair, TEA } from '../../support/reconciliation/reconciliation.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';

const CONTEXT = { by: 'reconciler', correlationId: 'corr-1', now: NOON };
const DECISION = { by: 'staff', revision: 1, now: NOON + seconds(60) };
const FINDING_ID = findingIdOf(aDetection());
const WORK_OPTIONS = {
  policy: { isAutomatic: false, unitsPerSkuMax: 0, unitsPerRunMax: 0 },
  pageStartSeconds: 60,
  repairStartSeconds: 60,
  clock: () => NOON,
} as const;

const REBUILD = {
  action: 'rebuildBalance',
  cell: TEA,
  version: 7,
  accounts: { available: 5, held: {}, committed: 0 },
} as const;

async function withReportedFinding(overrides: Parameters<typeof aDetection>[0] = {}) {
  const all = createReconciliationPorts();
  await reportFinding(all.ports.findings, aDetection(overrides), CONTEXT);
  return all;
}

describe('an approval', () => {
  test('sends the repair to its owner and records the approver', async () => {
    const { ports, contexts } = await withReportedFinding();

    const result = await approveFinding(ports, {
      ...DECISION,
      findingId: FINDING_ID,
      note: 'checked',
    });

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'REPAIRED', note: 'checked' },
    });
    expect(contexts.repairs).toMatchObject([
      { findingId: FINDING_ID, by: 'staff', command: { action: 'rebuildBalance' } },
    ]);
    expect(result.ok && result.value.timeline.map(({ status, by }) => `${status} ${by}`)).toEqual([
      'OPEN reconciler',
      'APPROVED staff',
      'REPAIRED staff',
    ]);
  });

  test('is applied once when repeated', async () => {
    const { ports, contexts } = await withReportedFinding();

    await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });
    const again = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(again).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
    expect(contexts.repairs).toHaveLength(1);
  });

  test('leaves the finding open with the reason when the owner rejects it', async () => {
    const { ports, contexts, findings } = await withReportedFinding();
    contexts.rejection = { kind: 'rejected', code: 'VERSION_CONFLICT', detail: 'It has changed.' };

    const result = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toEqual({
      ok: false,
      error: { kind: 'repairRejected', reason: 'VERSION_CONFLICT: It has changed.' },
    });
    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'OPEN',
      lastError: 'VERSION_CONFLICT: It has changed.',
    });
  });

  test('is completed by the next request after the worker crashed', async () => {
    const all = createReconciliationPorts((call) => {
      if (call === 'before repairs.repair') throw new Error('died');
    });
    await reportFinding(all.ports.findings, aDetection(), CONTEXT);
    await expect(approveFinding(all.ports, { ...DECISION, findingId: FINDING_ID })).rejects.toThrow(
      'died',
    );
    const next = { ...all.ports, repairs: all.contexts };

    const result = await approveFinding(next, { ...DECISION, findingId: FINDING_ID });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
  });

  test.each([
    ['other units', { repair: aRepair({ units: [{ sku: 'tea', units: 95 }] }) }],
    ['another command', { repair: aRepair({ command: { ...REBUILD, version: 8 } }) }],
    ['another effect', { repair: aRepair({ effect: 'Sets the balance wrong.' }) }],
    ['another balance', { actual: { available: 9 } }],
  ])('is rejected when the finding has %s', async (_case, changed) => {
    const { ports, findings, contexts } = await withReportedFinding();
    await reportFinding(ports.findings, aDetection(changed), CONTEXT);

    const result = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toEqual({ ok: false, error: { kind: 'revisionConflict', revision: 2 } });
    expect(contexts.repairs).toEqual([]);
    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'OPEN', revision: 2 });
    expect(
      await approveFinding(ports, { ...DECISION, revision: 2, findingId: FINDING_ID }),
    ).toMatchObject({
      ok: true,
      value: { status: 'REPAIRED' },
    });
  });

  test('is valid after another detection without a change', async () => {
    const { ports } = await withReportedFinding();
    await reportFinding(
      ports.findings,
      aDetection({ since: new Date(NOON).toISOString() }),
      CONTEXT,
    );

    const result = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED', revision: 1 } });
  });

  test('is required again when the disagreement recurs', async () => {
    const { ports } = await withReportedFinding();
    await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });
    await reportFinding(ports.findings, aDetection(), CONTEXT);

    expect(await approveFinding(ports, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'revisionConflict', revision: 2 },
    });
  });

  test('does not approve what a later detection proposes', async () => {
    const { ports, findings, contexts } = await withUnsentApproval();

    await reportFinding(
      ports.findings,
      aDetection({ repair: aRepair({ units: [{ sku: 'tea', units: 900 }] }) }),
      CONTEXT,
    );

    const note = 'The finding changed after staff had approved it. Approve it again.';
    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      lastError: note,
    });
    expect(findings.all.get(FINDING_ID)?.approval).toBeUndefined();
    expect(findings.all.get(FINDING_ID)?.timeline.at(-1)).toMatchObject({
      status: 'OPEN',
      note,
    });
    expect(contexts.repairs).toEqual([]);
  });

  test('leaves a disagreement that appeared during the repair open', async () => {
    const { ports, findings, contexts } = await withReportedFinding();
    const repairs = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) => {
        await reportFinding(ports.findings, aDetection({ actual: { available: 99 } }), CONTEXT);
        return contexts.repair(order);
      },
    };

    const result = await approveFinding(
      { ...ports, repairs },
      { ...DECISION, findingId: FINDING_ID },
    );

    expect(result).toMatchObject({ ok: true, value: { status: 'OPEN', revision: 2 } });
    expect(findings.all.get(FINDING_ID)?.timeline.at(-1)).toMatchObject({
      status: 'OPEN',
      by: 'staff',
      note: 'The repair that was approved at revision 1 was applied.',
    });
  });

  test('is not undone by the late rejection of an earlier approval', async () => {
    const { ports, findings, contexts } = await withReportedFinding();
    contexts.rejection = { kind: 'rejected', code: 'VERSION_CONFLICT', detail: '' };
    let isFirst = true;
    const slow = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) => {
        if (isFirst) {
          isFirst = false;
          await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });
          const died = { repair: async () => Promise.reject(new Error('died')) };
          const again = { ...DECISION, findingId: FINDING_ID, by: 'boss', now: NOON + seconds(90) };
          await expect(approveFinding({ ...ports, repairs: died }, again)).rejects.toThrow('died');
        }
        return contexts.repair(order);
      },
    };

    await approveFinding({ ...ports, repairs: slow }, { ...DECISION, findingId: FINDING_ID });

    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'APPROVED',
      approval: { by: 'boss' },
    });
  });

  test('is sent in the name of its first approver', async () => {
    const { ports, contexts, findings } = await withUnsentApproval();

    await approveFinding(
      { ...ports, repairs: contexts },
      { ...DECISION, by: 'boss', findingId: FINDING_ID },
    );

    expect(contexts.repairs).toMatchObject([{ by: 'staff' }]);
    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'REPAIRED',
      approval: {
        by: 'staff',
        isByPolicy: false,
        command: { action: 'rebuildBalance', version: 7 },
      },
    });
  });

  test('is rejected without a proposed repair', async () => {
    const all = createReconciliationPorts();
    const { repair: _none, ...detection } = aDetection();
    await reportFinding(all.ports.findings, detection, CONTEXT);

    const result = await approveFinding(all.ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toEqual({ ok: false, error: { kind: 'noRepairProposed' } });
  });

  test('is rejected for a closed or unknown finding', async () => {
    const { ports } = await withReportedFinding();
    await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    expect(await approveFinding(ports, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'alreadyClosed', findingStatus: 'DISMISSED' },
    });
    expect(await approveFinding(ports, { ...DECISION, findingId: 'fnd_other' })).toEqual({
      ok: false,
      error: { kind: 'notFound' },
    });
  });
});

/** A finding whose approval is saved and whose repair is not sent. */
async function withUnsentApproval() {
  const all = await withReportedFinding();
  const repairs = { repair: async () => Promise.reject(new Error('died')) };
  await expect(
    approveFinding({ ...all.ports, repairs }, { ...DECISION, findingId: FINDING_ID }),
  ).rejects.toThrow('died');
  return all;
}

describe('a dismissal', () => {
  test('is rejected when the finding has changed', async () => {
    const { ports, findings } = await withReportedFinding();
    await reportFinding(ports.findings, aDetection({ actual: { available: 9 } }), CONTEXT);

    expect(await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'revisionConflict', revision: 2 },
    });
    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'OPEN' });
  });

  test('changes nothing when repeated, and is rejected for another revision', async () => {
    const { ports } = await withReportedFinding();
    const first = await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    expect(await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID })).toEqual(
      first,
    );
    expect(
      await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID, revision: 2 }),
    ).toEqual({
      ok: false,
      error: { kind: 'revisionConflict', revision: 1 },
    });
  });
});

describe('a dismissed finding', () => {
  test('stays dismissed while its values are the same, in any order of fields', async () => {
    const { ports, findings } = await withReportedFinding({
      expected: { a: 1, b: [2, { c: null }] },
    });
    await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    await reportFinding(
      ports.findings,
      aDetection({ expected: { b: [2, { c: null }], a: 1 } }),
      CONTEXT,
    );

    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'DISMISSED', occurrence: 1 });
  });

  test('is reopened when its values change', async () => {
    const { ports, findings } = await withReportedFinding();
    await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    await reportFinding(ports.findings, aDetection({ actual: { available: 9 } }), CONTEXT);

    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'OPEN', occurrence: 2 });
  });

  test('cannot be dismissed after its repair', async () => {
    const { ports } = await withReportedFinding();
    await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'alreadyClosed', findingStatus: 'REPAIRED' },
    });
  });
});

test('a disagreement that recurs after its repair reopens the same finding', async () => {
  const { ports, findings } = await withReportedFinding();
  await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

  await reportFinding(ports.findings, aDetection(), { ...CONTEXT, now: NOON + seconds(500) });

  expect(findings.all.size).toBe(1);
  expect(findings.all.get(FINDING_ID)).toMatchObject({
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
  unfulfillable: [],
};
const aCountInput = (overrides: Partial<CountStockInput> = {}): CountStockInput => ({
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
/** Returns a time after the count of `aCountInput`. */
const afterCount = (milliseconds: number) =>
  new Date(NOON - seconds(600) + milliseconds).toISOString();
const RUN_INPUT = {
  reconciliationId: 'rec-1',
  full: false,
  segments: 1,
  fingerprint: 'print-1',
  by: 'tester',
  correlationId: 'corr-1',
  now: NOON + seconds(120),
};

/** Processes the queue until it is empty. */
async function drainQueue({
  ports,
  queue,
}: ReturnType<typeof createReconciliationPorts>): Promise<void> {
  for (
    let message = queue.messages.shift();
    message !== undefined;
    message = queue.messages.shift()
  )
    await processWork(ports, message, WORK_OPTIONS);
}

function withBasis(basis: Partial<CountBasis> = {}) {
  const all = createReconciliationPorts();
  all.contexts.basis = { ...BASIS, ...basis };
  return all;
}

describe('a count', () => {
  test.each([
    ['that agrees', 100, {}, 'POSTED'],
    ['below by the default units', 98, {}, 'POSTED'],
    ['above by the default units', 102, {}, 'POSTED'],
    ['below the default units by one more', 97, {}, 'PENDING_APPROVAL'],
    ['within the percentage, if that is more', 990, { expected: 1_000, available: 900 }, 'POSTED'],
    ['beyond the percentage', 989, { expected: 1_000, available: 900 }, 'PENDING_APPROVAL'],
    ['within the sku’s own tolerance', 90, { tolerance: { units: 10 } }, 'POSTED'],
    [
      'beyond the tolerance of the SKU but within the default',
      99,
      { tolerance: { units: 0 } },
      'PENDING_APPROVAL',
    ],
    ['within the tolerance, but more than is available', 98, { available: 1 }, 'PENDING_APPROVAL'],
    [
      'of 0 units where the book has none',
      0,
      { expected: 0, available: 0, committed: 0 },
      'POSTED',
    ],
  ] as const)('%s is %4$s', async (_case, counted, basis, status) => {
    const { ports, contexts } = withBasis(basis);

    const result = await countStock(ports, aCountInput({ counted }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { status } });
    expect(contexts.repairs).toHaveLength(status === 'POSTED' ? 1 : 0);
  });

  test('is posted as planned, on condition of the previous count', async () => {
    const lastCount = { countId: 'cnt-0', countedAt: '2026-01-01T11:49:59.999Z' };
    const { ports, contexts } = withBasis({ lastCount, lastAdjustmentId: 'op-1.1' });

    await countStock(ports, aCountInput({ counted: 99, reference: 'aisle 4' }), DEFAULTS);

    expect(contexts.repairs.map(({ command }) => command)).toEqual([
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
        unfulfillable: [],
      },
    ]);
  });

  test('returns the first result when repeated after the book changed', async () => {
    const { ports, contexts } = withBasis();
    const first = await countStock(ports, aCountInput({ counted: 99 }), DEFAULTS);
    contexts.basis = { ...BASIS, expected: 50 };

    const again = await countStock(ports, aCountInput({ counted: 99 }), DEFAULTS);

    expect(again).toEqual(first);
    expect(contexts.repairs).toHaveLength(1);
  });

  test('is posted as planned after the worker crashed', async () => {
    let isFatal = true;
    const all = createReconciliationPorts((call) => {
      if (isFatal && call === 'before repairs.repair') throw new Error('died');
    });
    all.contexts.basis = BASIS;
    await expect(countStock(all.ports, aCountInput({ counted: 99 }), DEFAULTS)).rejects.toThrow(
      'died',
    );
    isFatal = false;
    all.contexts.basis = { ...BASIS, expected: 98 };

    const again = await countStock(all.ports, aCountInput({ counted: 99 }), DEFAULTS);

    expect(again).toMatchObject({
      ok: true,
      value: { status: 'POSTED', expected: 100, difference: -1 },
    });
  });

  test('is rejected under the key of another count', async () => {
    const { ports } = withBasis();
    await countStock(ports, aCountInput(), DEFAULTS);

    expect(await countStock(ports, aCountInput({ fingerprint: 'print-2' }), DEFAULTS)).toEqual({
      ok: false,
      error: { kind: 'keyReused' },
    });
  });

  test('is rejected for an unknown SKU', async () => {
    const { ports } = createReconciliationPorts();

    expect(await countStock(ports, aCountInput(), DEFAULTS)).toEqual({
      ok: false,
      error: { kind: 'notFound' },
    });
  });

  test.each([
    ['a minute ahead is a clock difference', 60, true],
    ['more than a minute ahead is in the future', 61, false],
    ['31 days ago is taken', -31 * 86_400, true],
    ['longer ago is not counted', -31 * 86_400 - 1, false],
  ])('%s', async (_case, offset, isTaken) => {
    const { ports } = withBasis();
    const countedAt = new Date(NOON + seconds(offset)).toISOString();

    const result = await countStock(ports, aCountInput({ countedAt }), DEFAULTS);

    expect(result.ok).toBe(isTaken);
    if (!result.ok)
      expect(result.error).toMatchObject({
        kind: 'invalid',
        errors: [{ path: 'body.countedAt' }],
      });
  });

  test('closes the finding of an earlier count when posted', async () => {
    const { ports, contexts, findings, counts } = withBasis();
    await countStock(ports, aCountInput({ counted: 50 }), DEFAULTS);
    contexts.basis = BASIS;

    await countStock(
      ports,
      aCountInput({ countId: 'cnt-2', counted: 100, countedAt: afterCount(1) }),
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

describe('a count of a location with other counts', () => {
  const lastCount = { countId: 'cnt-0', countedAt: afterCount(0) };

  test.each([
    ['a count older than the last one', afterCount(1), 'SUPERSEDED'],
    ['a count of the time of the last one', afterCount(0), 'SUPERSEDED'],
    ['a count later than the last one', afterCount(-1), 'POSTED'],
  ])('is handled according to its time: %s', async (_case, lastCountedAt, status) => {
    const { ports, contexts, counts } = withBasis({
      lastCount: { ...lastCount, countedAt: lastCountedAt },
    });

    const result = await countStock(ports, aCountInput({ counted: 99 }), DEFAULTS);

    const supersededBy = status === 'SUPERSEDED' ? { supersededBy: 'cnt-0', delta: 0 } : {};
    expect(result).toMatchObject({ ok: true, value: { status, expected: 100, ...supersededBy } });
    expect(contexts.repairs).toHaveLength(status === 'POSTED' ? 1 : 0);
    expect(counts.all.get('cnt-1')).toMatchObject({ status, ...supersededBy });
  });

  test('is recorded as superseded when inventory rejects it as superseded', async () => {
    const { ports, contexts } = withBasis();
    const repairs = {
      repair: async () => {
        contexts.basis = { ...BASIS, lastCount };
        return {
          ok: false,
          error: { kind: 'rejected', code: 'COUNT_SUPERSEDED', detail: 'A newer one.' },
        } as const;
      },
    };

    const result = await countStock({ ...ports, repairs }, aCountInput({ counted: 99 }), DEFAULTS);

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'SUPERSEDED', supersededBy: 'cnt-0' },
    });
  });

  test.each([
    ['beyond the tolerance', 40],
    ['inside it', 99],
  ])('is superseded by one that awaits approval and is not older: %s', async (_case, counted) => {
    const { ports, contexts, findings } = withBasis();
    await countStock(ports, aCountInput({ counted: 50 }), DEFAULTS);

    const older = aCountInput({ countId: 'cnt-2', counted, countedAt: afterCount(-1) });
    const result = await countStock(ports, older, DEFAULTS);

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'SUPERSEDED', supersededBy: 'cnt-1' },
    });
    expect([...findings.all.values()]).toMatchObject([{ status: 'OPEN', actual: 50 }]);
    expect(contexts.repairs).toEqual([]);
  });

  test('leaves the finding of a newer count open when posted', async () => {
    const { ports, findings, counts } = withBasis();
    const newer = aCountInput({ countId: 'cnt-2', counted: 50, countedAt: afterCount(1) });
    const repair: typeof ports.repairs.repair = async (request) => {
      await countStock(ports, newer, DEFAULTS);
      return ports.repairs.repair(request);
    };

    await countStock(
      { ...ports, repairs: { ...ports.repairs, repair } },
      aCountInput({ counted: 99 }),
      DEFAULTS,
    );

    expect([...findings.all.values()]).toMatchObject([{ status: 'OPEN', actual: 50 }]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED' });
    expect(counts.all.get('cnt-2')).toMatchObject({ status: 'PENDING_APPROVAL' });
  });

  test('replaces an older count that awaits approval', async () => {
    const { ports, findings, counts } = withBasis();
    await countStock(ports, aCountInput({ counted: 50 }), DEFAULTS);

    await countStock(
      ports,
      aCountInput({ countId: 'cnt-2', counted: 40, countedAt: afterCount(1) }),
      DEFAULTS,
    );

    expect([...findings.all.values()]).toMatchObject([{ status: 'OPEN', actual: 40 }]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'SUPERSEDED', supersededBy: 'cnt-2' });
    expect(counts.all.get('cnt-2')).toMatchObject({ status: 'PENDING_APPROVAL' });
  });

  test('asks for approval although an equal count was dismissed', async () => {
    const { ports, findings } = withBasis();
    await countStock(ports, aCountInput({ counted: 50 }), DEFAULTS);
    const [findingId = ''] = findings.all.keys();
    await dismissFinding(findings, { ...DECISION, findingId });

    await countStock(
      ports,
      aCountInput({ countId: 'cnt-2', counted: 50, countedAt: afterCount(1) }),
      DEFAULTS,
    );

    expect(findings.all.get(findingId)).toMatchObject({ status: 'OPEN', occurrence: 2 });
  });
});

describe('a count with manual adjustments', () => {
  const adjustment = {
    movementId: 'op-1.1',
    at: afterCount(1_000),
    delta: -1,
    reason: 'shrinkage',
    note: 'torn',
    by: 'bob',
  };
  const ADJUSTED = { adjustments: [adjustment], adjustmentsTotal: 1, lastAdjustmentId: 'op-1.1' };
  const COUNT_FINDING = findingIdOf({ kind: 'COUNT_DIFFERS', subject: 'count:tea/main' });

  test('requires approval and lists later adjustments', async () => {
    const { ports, contexts, findings } = withBasis(ADJUSTED);

    const result = await countStock(ports, aCountInput({ counted: 99 }), DEFAULTS);

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'PENDING_APPROVAL', difference: -1 },
    });
    expect(contexts.repairs).toEqual([]);
    expect(findings.all.get(COUNT_FINDING)?.records).toContainEqual(adjustment);
    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain(
      'After the count, one adjustment was entered manually: -1 (shrinkage) at 2026-01-01T11:50:01.000Z by bob, movement op-1.1.',
    );
  });

  test('states that more adjustments exist than are listed', async () => {
    const { ports, findings } = withBasis({ ...ADJUSTED, adjustmentsTotal: 21 });

    await countStock(ports, aCountInput({ counted: 99 }), DEFAULTS);

    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain(
      '21 adjustments were entered manually: ',
    );
    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain('; and more.');
  });

  test('is posted when it agrees with the book', async () => {
    const { ports } = withBasis(ADJUSTED);

    expect(await countStock(ports, aCountInput({ counted: 100 }), DEFAULTS)).toMatchObject({
      ok: true,
      value: { status: 'POSTED', delta: 0 },
    });
  });

  test('is posted on condition of the last adjustment', async () => {
    const { ports, contexts } = withBasis({ lastAdjustmentId: 'op-0.1' });

    await countStock(ports, aCountInput({ counted: 99 }), DEFAULTS);

    expect(contexts.repairs).toMatchObject([
      { command: { count: { lastAdjustmentId: 'op-0.1' } } },
    ]);
  });

  test('is compared again after an adjustment between approval and posting', async () => {
    const { ports, contexts, findings } = withBasis();
    await countStock(ports, aCountInput({ counted: 50 }), DEFAULTS);
    contexts.basis = { ...BASIS, ...ADJUSTED };
    contexts.rejection = { kind: 'rejected', code: 'VERSION_CONFLICT', detail: 'It has changed.' };

    const result = await approveFinding(ports, { ...DECISION, findingId: COUNT_FINDING });

    expect(result).toMatchObject({ ok: false, error: { kind: 'repairRejected' } });
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({
      status: 'OPEN',
      lastError: 'VERSION_CONFLICT: It has changed.',
      repair: { command: { count: { lastAdjustmentId: 'op-1.1' } } },
    });
    expect(findings.all.get(COUNT_FINDING)?.records).toContainEqual(adjustment);
  });

  test('ends as superseded when approved after a newer count was posted', async () => {
    const { ports, contexts, findings, counts } = withBasis();
    await countStock(ports, aCountInput({ counted: 50 }), DEFAULTS);
    contexts.basis = { ...BASIS, lastCount: { countId: 'cnt-9', countedAt: afterCount(1) } };
    contexts.rejection = { kind: 'rejected', code: 'COUNT_SUPERSEDED', detail: 'A newer one.' };

    const result = await approveFinding(ports, { ...DECISION, findingId: COUNT_FINDING });

    expect(result).toEqual({
      ok: false,
      error: { kind: 'repairRejected', reason: 'COUNT_SUPERSEDED: A newer one.' },
    });
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({ status: 'CLOSED' });
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'SUPERSEDED', supersededBy: 'cnt-9' });
  });
});

describe('a count from before the first movement', () => {
  test('asks for approval and explains why', async () => {
    const { ports, contexts, findings } = withBasis({
      expected: 0,
      available: 2,
      committed: 0,
      firstMovementAt: afterCount(1),
    });

    const result = await countStock(ports, aCountInput({ counted: 2 }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { status: 'PENDING_APPROVAL' } });
    expect([...findings.all.values()][0]?.explanation).toContain(
      'The first movement at this location was at 2026-01-01T11:50:00.001Z, after the count',
    );
    expect(contexts.repairs).toEqual([]);
  });
});

describe('the time of a count', () => {
  test('is kept for a repeat when the book cannot be read', async () => {
    const all = withBasis();
    const audits = {
      ...all.ports.audits,
      countBasis: async () => {
        throw new RetryLaterError('busy');
      },
    };
    await expect(countStock({ ...all.ports, audits }, aCountInput(), DEFAULTS)).rejects.toThrow(
      'busy',
    );

    const repeated = aCountInput({ countedAt: new Date(NOON).toISOString(), now: NOON });
    const result = await countStock(all.ports, repeated, DEFAULTS);

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'POSTED', countedAt: afterCount(0) },
    });
    expect(all.counts.all.get('cnt-1')?.version).toBe(3);
  });

  test('is never later than its request', async () => {
    const { ports } = withBasis();
    const ahead = new Date(NOON + seconds(60)).toISOString();

    const result = await countStock(ports, aCountInput({ countedAt: ahead }), DEFAULTS);

    expect(result).toMatchObject({ ok: true, value: { countedAt: new Date(NOON).toISOString() } });
  });
});

describe('a count that leaves orders without units', () => {
  const SHORT = [
    { reservationId: 'ord-9', orderId: 'ord-9', quantity: 3, since: '2026-01-01T11:00:00.000Z' },
    { reservationId: 'ord-8', orderId: 'ord-8', quantity: 2, since: '2026-01-01T10:00:00.000Z' },
  ];
  const COUNT_FINDING = findingIdOf({ kind: 'COUNT_DIFFERS', subject: 'count:tea/main' });
  const approving = { ...DECISION, findingId: COUNT_FINDING };

  async function counted() {
    const all = withBasis({ unfulfillable: SHORT });
    all.contexts.orderList = [
      anOrder({ orderId: 'ord-9', version: 6 }),
      anOrder({ orderId: 'ord-8', version: 5 }),
    ];
    await countStock(all.ports, aCountInput({ counted: 36 }), DEFAULTS);
    return all;
  }

  test('awaits approval and names the orders, newest first', async () => {
    const { findings } = await counted();

    expect(findings.all.get(COUNT_FINDING)).toMatchObject({ status: 'OPEN', difference: -64 });
    expect(findings.all.get(COUNT_FINDING)?.explanation).toContain('newest first: ord-9, ord-8');
  });

  test('cannot be approved without a decision about them', async () => {
    const { ports } = await counted();

    expect(await approveFinding(ports, approving)).toEqual({
      ok: false,
      error: { kind: 'orderDecisionMissing', orders: ['ord-9', 'ord-8'] },
    });
  });

  test('cancels them through their sagas, and is posted when their units are available', async () => {
    const { ports, contexts, queue, counts } = await counted();
    const repairs = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) => {
        const isWaiting = order.command.action === 'postCount' && queue.delays.length === 0;
        return isWaiting
          ? ({
              ok: false,
              error: { kind: 'rejected', code: 'INSUFFICIENT_STOCK', detail: '' },
            } as const)
          : contexts.repair(order);
      },
    };

    const approved = await approveFinding(
      { ...ports, repairs },
      { ...approving, orderDecision: 'cancel' },
    );
    const [message] = queue.messages.splice(0);
    if (message) await processWork({ ...ports, repairs }, message, WORK_OPTIONS);

    expect(approved).toMatchObject({ ok: true, value: { status: 'APPROVED' } });
    expect(queue.delays).toEqual([15]);
    expect(contexts.repairs.map(({ command }) => command)).toMatchObject([
      { action: 'cancelOrder', orderId: 'ord-9', version: 6 },
      { action: 'cancelOrder', orderId: 'ord-8', version: 5 },
      { action: 'postCount', count: { delta: -64 } },
    ]);
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED', delta: -64 });
  });

  test('is posted in the name of the approver when a run sends it again', async () => {
    const { ports, contexts, findings, counts, ...others } = await counted();
    const isPost = ({ command }: Parameters<typeof contexts.repair>[0]) =>
      command.action === 'postCount';
    // The owner applies the repair, and the sender receives no response.
    const dying = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) => {
        const result = await contexts.repair(order);
        if (isPost(order)) throw new Error('died');
        return result;
      },
    };
    await expect(
      approveFinding({ ...ports, repairs: dying }, { ...approving, orderDecision: 'keep' }),
    ).rejects.toThrow('died');
    // The available units have changed since.
    contexts.basis = { ...BASIS, unfulfillable: SHORT, available: 7 };

    await startReconciliation(ports, RUN_INPUT);
    await drainQueue({ ports, contexts, findings, counts, ...others });

    expect(contexts.repairs.filter(isPost)).toMatchObject([
      { by: 'staff', command: { count: { delta: -60 } } },
      { by: 'staff', command: { count: { delta: -60 } } },
    ]);
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({ status: 'REPAIRED' });
    expect(counts.all.get('cnt-1')).toMatchObject({ status: 'POSTED', delta: -60 });
  });

  test('is not approved when another count replaced it', async () => {
    const { ports, contexts, findings, queue } = await counted();
    const busy = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) =>
        order.command.action === 'postCount'
          ? ({
              ok: false,
              error: { kind: 'rejected', code: 'INSUFFICIENT_STOCK', detail: '' },
            } as const)
          : contexts.repair(order),
    };
    await approveFinding({ ...ports, repairs: busy }, { ...approving, orderDecision: 'cancel' });
    await countStock(
      { ...ports, repairs: busy },
      aCountInput({ countId: 'cnt-2', counted: 0, countedAt: afterCount(1) }),
      DEFAULTS,
    );
    const [message] = queue.messages.splice(0);

    if (message) await processWork(ports, message, WORK_OPTIONS);

    expect(contexts.repairs.map(({ command }) => command.action)).not.toContain('postCount');
    expect(findings.all.get(COUNT_FINDING)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      difference: -100,
    });
    expect(findings.all.get(COUNT_FINDING)?.lastError).toContain(
      'changed after staff had approved it',
    );
  });

  test('keeps the first decision about them', async () => {
    const { ports, contexts } = await counted();
    const busy = {
      repair: async () =>
        ({
          ok: false,
          error: { kind: 'rejected', code: 'INSUFFICIENT_STOCK', detail: '' },
        }) as const,
    };
    await approveFinding({ ...ports, repairs: busy }, { ...approving, orderDecision: 'cancel' });

    const other = await approveFinding(ports, { ...approving, by: 'boss', orderDecision: 'keep' });

    expect(other).toEqual({
      ok: false,
      error: { kind: 'alreadyApproved', orderDecision: 'cancel' },
    });
    expect(contexts.repairs).toEqual([]);
  });

  test('retries by messages of its own approval only', async () => {
    const { ports, contexts, queue } = await counted();
    const busy = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) =>
        order.command.action === 'postCount'
          ? ({
              ok: false,
              error: { kind: 'rejected', code: 'INSUFFICIENT_STOCK', detail: '' },
            } as const)
          : contexts.repair(order),
    };
    await approveFinding({ ...ports, repairs: busy }, { ...approving, orderDecision: 'cancel' });
    const [message] = queue.messages.splice(0);
    if (message?.kind !== 'repair') throw new Error('no message waits for the repair');

    await processWork(ports, { ...message, approvedAt: '2026-01-01T00:00:00.000Z' }, WORK_OPTIONS);

    expect(contexts.repairs.map(({ command }) => command.action)).not.toContain('postCount');
  });

  test('may keep them, and then posts at most the available units', async () => {
    const { ports, contexts, counts } = await counted();

    const approved = await approveFinding(ports, { ...approving, orderDecision: 'keep' });

    expect(approved).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
    expect(contexts.repairs.map(({ command }) => command)).toMatchObject([
      { action: 'postCount', count: { delta: -60 } },
    ]);
    expect(counts.all.get('cnt-1')).toMatchObject({
      status: 'POSTED',
      difference: -64,
      delta: -60,
    });
  });
});
