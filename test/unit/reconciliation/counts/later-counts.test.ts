import { describe, expect, test } from 'vitest';
import { countStock } from '../../../../lambdas/reconciliation/use-cases/counts/count-stock.ts';
import { approveFinding } from '../../../../lambdas/reconciliation/use-cases/findings/approve-finding.ts';
import { dismissFinding } from '../../../../lambdas/reconciliation/use-cases/findings/dismiss-finding.ts';
import { findingIdOf } from '../../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { aCountInput, afterCount, BASIS, DEFAULTS, withBasis } from './count-builders.ts';

const DECISION = { by: 'staff', revision: 1, now: NOON + seconds(60) };

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
