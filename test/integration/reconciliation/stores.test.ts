import { beforeEach, describe, expect, test } from 'vitest';
import {
  DynamoCountStore,
  DynamoFindingStore,
} from '../../../lambdas/reconciliation/adapters/dynamo-finding-store.ts';
import { DynamoRunStore } from '../../../lambdas/reconciliation/adapters/dynamo-run-store.ts';
import {
  advanceFinding,
  type Finding,
  mergeDetection,
} from '../../../lambdas/reconciliation/domain/finding.ts';
import {
  advanceSegment,
  createRun,
  createSegment,
} from '../../../lambdas/reconciliation/domain/run.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { aDetection, aRepair, TEA } from '../../support/reconciliation/reconciliation.ts';

const CAPS = { unitsPerSkuMax: 10, unitsPerRunMax: 12 };
const RUN = createRun(
  {
    reconciliationId: 'rec-1',
    full: false,
    segments: 2,
    by: 'tester',
    fingerprint: 'print-1',
    correlationId: 'corr-1',
  },
  NOON,
);

let runs: DynamoRunStore;
let findings: DynamoFindingStore;
let counts: DynamoCountStore;

beforeEach(async () => {
  const { table } = await createTestTable('reconciliation', [
    { name: 'lists', partitionKey: 'list', sortKey: 'listedAt' },
  ]);
  runs = new DynamoRunStore(table, 'lists', () => NOON);
  findings = new DynamoFindingStore(table, 'lists');
  counts = new DynamoCountStore(table);
});

const aFinding = (index = 1, at = NOON): Finding =>
  mergeDetection(undefined, aDetection({ subject: `cell:${index}` }), {
    findingId: `fnd-${index}`,
    by: 'reconciler',
    correlationId: 'corr-1',
    now: at,
  });
const aRepairOf = (sku: string, units: number) =>
  aRepair({
    command: {
      action: 'rebuildBalance',
      cell: { ...TEA, sku },
      version: 1,
      accounts: { available: 1, held: {}, committed: 0 },
    },
    units: [{ sku, units }],
  });

describe('a finding', () => {
  test('is read as it was written, and saved over the previous version only', async () => {
    const first = aFinding();
    const second = advanceFinding(first, {
      status: 'DISMISSED',
      by: 'staff',
      now: NOON,
      note: 'known',
    });

    expect(await findings.save(first)).toBe(true);
    expect(await findings.save(first)).toBe(false);
    expect(await findings.save(second)).toBe(true);
    expect(await findings.save(second)).toBe(false);

    expect(await findings.get('fnd-1')).toEqual(second);
    expect(await findings.get('fnd-none')).toBeUndefined();
  });

  test('is listed under its status, newest first, page by page', async () => {
    for (let index = 1; index <= 5; index += 1)
      await findings.save(aFinding(index, NOON + seconds(index)));
    await findings.save(
      advanceFinding(aFinding(3, NOON + seconds(3)), {
        status: 'DISMISSED',
        by: 'staff',
        now: NOON,
      }),
    );

    const first = await findings.list('OPEN', { limit: 3 });
    const rest = await findings.list('OPEN', { limit: 3, cursor: first.cursor });

    expect([...first.items, ...rest.items].map(({ findingId }) => findingId)).toEqual([
      'fnd-5',
      'fnd-4',
      'fnd-2',
      'fnd-1',
    ]);
    expect(rest.cursor).toBeUndefined();
    expect((await findings.list('DISMISSED', { limit: 3 })).items).toHaveLength(1);
    await expect(findings.list('OPEN', { limit: 3, cursor: 'bogus' })).rejects.toMatchObject({
      problem: { status: 400 },
    });
  });
});

describe('a run', () => {
  test('is saved by version, listed newest first, and has its segments', async () => {
    const segmentId = { reconciliationId: 'rec-1', target: 'cells', segment: 1 } as const;
    const segment = advanceSegment(
      createSegment(segmentId, NOON),
      { cursor: 'c', checked: { ...RUN.checked, cells: 3 }, unsettledCells: 0 },
      NOON,
    );

    expect(await runs.save(RUN)).toBe(true);
    expect(await runs.save(RUN)).toBe(false);
    await runs.save({
      ...RUN,
      reconciliationId: 'rec-2',
      startedAt: new Date(NOON + 1).toISOString(),
    });
    expect(await runs.saveSegment(segment)).toBe(true);
    expect(await runs.saveSegment(segment)).toBe(false);

    expect(
      (await runs.list({ limit: 10 })).items.map(({ reconciliationId }) => reconciliationId),
    ).toEqual(['rec-2', 'rec-1']);
    expect(await runs.getSegment(segmentId)).toEqual(segment);
    expect(await runs.listSegments('rec-1')).toEqual([segment]);
    expect(await runs.listSegments('rec-2')).toEqual([]);
  });

  test('records its findings, and a repaired one stays repaired', async () => {
    await runs.recordRunFinding('rec-1', 'fnd-1', false);
    await runs.recordRunFinding('rec-1', 'fnd-2', true);
    await runs.recordRunFinding('rec-1', 'fnd-2', false);

    expect(await runs.listRunFindings('rec-1')).toEqual(
      new Map([
        ['fnd-1', { isRepaired: false }],
        ['fnd-2', { isRepaired: true }],
      ]),
    );
  });

  test('records the reservations to audit a cell with', async () => {
    await runs.addSuspect('rec-1', TEA, 'ord-1');
    await runs.addSuspect('rec-1', TEA, 'ord-2');
    await runs.addSuspect('rec-1', { ...TEA, sku: 'tea2' }, 'ord-3');

    expect(await runs.listSuspects('rec-1', TEA)).toEqual(['ord-1', 'ord-2']);
    expect(await runs.listSuspectCells('rec-1')).toEqual([TEA, TEA, { ...TEA, sku: 'tea2' }]);
    expect(await runs.listSuspects('rec-2', TEA)).toEqual([]);
  });
});

describe('a claim', () => {
  test('belongs to its finding when repeated, and takes its units once', async () => {
    expect(await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 6), CAPS)).toBe('claimed');
    expect(await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 6), CAPS)).toBe('claimed');
    expect(await runs.claimRepair(RUN, aFinding(2), aRepairOf('tea', 1), CAPS)).toBe(
      'alreadyRepaired',
    );
    expect(await runs.claimRepair(RUN, aFinding(3), aRepairOf('cup', 6), CAPS)).toBe('claimed');
    expect(await runs.claimRepair(RUN, aFinding(4), aRepairOf('pot', 1), CAPS)).toBe(
      'capsExhausted',
    );
  });

  test('above the cap of a SKU takes nothing', async () => {
    expect(await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 11), CAPS)).toBe(
      'capsExhausted',
    );
    expect(await runs.claimRepair(RUN, aFinding(2), aRepairOf('tea', 10), CAPS)).toBe('claimed');
  });

  test('can be made again by any finding after its release', async () => {
    await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 10), CAPS);
    await runs.releaseClaim(RUN, aFinding(1), aRepairOf('tea', 10));

    expect(await runs.claimRepair(RUN, aFinding(2), aRepairOf('tea', 10), CAPS)).toBe('claimed');
  });

  test('is rejected for the same finding at another revision', async () => {
    await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 3), CAPS);

    expect(
      await runs.claimRepair(RUN, { ...aFinding(1), revision: 2 }, aRepairOf('tea', 9), CAPS),
    ).toBe('alreadyRepaired');
  });

  test('is released once, by its own finding and revision only', async () => {
    await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 10), CAPS);

    await runs.releaseClaim(RUN, aFinding(2), aRepairOf('tea', 10));
    await runs.releaseClaim(RUN, { ...aFinding(1), revision: 2 }, aRepairOf('tea', 10));
    expect(await runs.claimRepair(RUN, aFinding(2), aRepairOf('tea', 1), CAPS)).toBe(
      'alreadyRepaired',
    );

    await runs.releaseClaim(RUN, aFinding(1), aRepairOf('tea', 10));
    await runs.releaseClaim(RUN, aFinding(1), aRepairOf('tea', 10));
    expect(await runs.claimRepair(RUN, aFinding(2), aRepairOf('tea', 10), CAPS)).toBe('claimed');
    expect(await runs.claimRepair(RUN, aFinding(3), aRepairOf('cup', 3), CAPS)).toBe(
      'capsExhausted',
    );
  });

  test('stays within the caps when many are made at once', async () => {
    const requests = Array.from({ length: 8 }, (_, index) =>
      runs
        .claimRepair(RUN, aFinding(index), aRepairOf(`sku-${index}`, 3), CAPS)
        .catch(() => 'busy'),
    );

    const claimed = (await Promise.all(requests)).filter((result) => result === 'claimed');

    expect(claimed.length).toBeLessThanOrEqual(4);
    expect(claimed.length).toBeGreaterThan(0);
  });

  test('is independent of another run', async () => {
    await runs.claimRepair(RUN, aFinding(1), aRepairOf('tea', 10), CAPS);

    expect(
      await runs.claimRepair(
        { ...RUN, reconciliationId: 'rec-2' },
        aFinding(1),
        aRepairOf('tea', 10),
        CAPS,
      ),
    ).toBe('claimed');
  });
});

test('a count is saved by version', async () => {
  const count = {
    countId: 'cnt-1',
    sku: 'tea',
    locationId: 'main',
    counted: 5,
    countedAt: '2026-01-01T12:00:00.000Z',
    fingerprint: 'print-1',
    by: 'staff',
    status: 'PLANNED',
    expected: 6,
    difference: -1,
    delta: -1,
    version: 1,
    updatedAt: '2026-01-01T12:00:00.000Z',
    correlationId: 'corr-1',
  } as const;

  expect(await counts.save(count)).toBe(true);
  expect(await counts.save(count)).toBe(false);
  expect(await counts.save({ ...count, status: 'POSTED', version: 2 })).toBe(true);
  expect(await counts.get('cnt-1')).toEqual({ ...count, status: 'POSTED', version: 2 });
});
