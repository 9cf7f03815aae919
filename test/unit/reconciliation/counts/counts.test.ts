import { describe, expect, test } from 'vitest';
import { countStock } from '../../../../lambdas/reconciliation/use-cases/counts/count-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { createReconciliationPorts } from '../../../support/reconciliation/reconciliation-ports.ts';
import { aCountInput, afterCount, BASIS, DEFAULTS, withBasis } from './count-builders.ts';

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

    expect(first).toMatchObject({ ok: true, value: { status: 'POSTED' } });
    expect(first.ok && 'repeated' in first.value).toBe(false);
    expect(again).toEqual({ ...first, value: { ...(first.ok && first.value), repeated: true } });
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
