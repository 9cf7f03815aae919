import { describe, expect, test } from 'vitest';
import { toCellDetection } from '../../../lambdas/reconciliation/domain/checks/check-cells.ts';
import { reportFinding } from '../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import type { RepairRequest } from '../../../lambdas/reconciliation/use-cases/ports.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { MemoryRuns } from '../../support/reconciliation/memory-reconciliation-stores.ts';
import { aBalanceDifference } from '../../support/reconciliation/reconciliation.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';
import {
  ALERT,
  AUTO,
  addRecords,
  cellNamed,
  drainQueue,
  RUN,
  RUN_INPUT,
  reconcile,
  WorkerDied,
} from './run-builders.ts';

describe('a finding', () => {
  const secondRun = async (all: ReturnType<typeof createReconciliationPorts>) => {
    await startReconciliation(all.ports, {
      ...RUN_INPUT,
      reconciliationId: 'rec-2',
      now: NOON + seconds(50),
    });
    await drainQueue(all, ALERT, NOON + seconds(100));
    return [...all.findings.all.values()]
      .map(({ subject, status }) => `${status} ${subject}`)
      .sort();
  };

  test('closes when a second run does not find it, and stays when it does', async () => {
    const all = await reconcile({ policy: ALERT });
    all.contexts.disagreements = [];

    const after = await secondRun(all);

    expect(after).toContain('CLOSED cell:sku-3/main/0');
    expect(after).toContain('OPEN order:ord-2');
    expect(all.findings.all.size).toBe(6);
  });

  test('stays open when another run found it later', async () => {
    const all = await reconcile({ policy: ALERT });
    all.contexts.disagreements = [];
    const id =
      [...all.findings.all.values()].find(({ kind }) => kind === 'BALANCE_DIFFERS')?.findingId ??
      '';
    const before = all.findings.all.get(id);
    const lastSeenAt = new Date(NOON + seconds(60)).toISOString();
    if (before) all.findings.all.set(id, { ...before, lastSeenAt });

    expect(await secondRun(all)).toContain('OPEN cell:sku-3/main/0');
  });

  test('of a cell stays open while a cell keeps changing', async () => {
    const all = await reconcile({ policy: ALERT });
    all.contexts.disagreements = [];
    all.contexts.unsettled = [cellNamed(3)];

    expect(await secondRun(all)).toContain('OPEN cell:sku-3/main/0');
  });

  test('is not reported when the second read differs', async () => {
    const all = createReconciliationPorts();
    addRecords(all.contexts);
    all.contexts.disagreements = [];
    const [, unshipped] = all.contexts.reservationList;
    // Only the second read requests orders by id.
    all.contexts.onRead = (what) => {
      if (what === 'ordersById' && unshipped)
        all.contexts.reservationList[1] = { ...unshipped, status: 'FULFILLED', version: 9 };
    };
    await startReconciliation(all.ports, RUN_INPUT);
    await drainQueue(all, ALERT);

    expect([...all.findings.all.values()].map(({ kind }) => kind)).not.toContain(
      'ORDER_NOT_SHIPPED',
    );
  });
});

describe('a repair in a run', () => {
  test('leaves the finding open and releases its claim when the owner rejects it', async () => {
    const all = createReconciliationPorts();
    all.contexts.cellList.push(cellNamed(3));
    all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(3) }));
    all.contexts.rejection = {
      kind: 'rejected',
      code: 'VERSION_CONFLICT',
      detail: 'It has changed.',
    };
    await startReconciliation(all.ports, RUN_INPUT);
    await drainQueue(all, AUTO);

    expect([...all.findings.all.values()]).toMatchObject([
      { status: 'OPEN', lastError: 'VERSION_CONFLICT: It has changed.' },
    ]);
    expect(all.runs.claims.size).toBe(0);
    expect([...all.runs.capUsage.values()].every((units) => units === 0)).toBe(true);
  });

  test.each([
    ['of one sku', { ...AUTO, unitsPerSkuMax: 2 }],
    ['of the run', { ...AUTO, unitsPerRunMax: 2 }],
  ])('above the cap %s needs approval', async (_case, policy) => {
    const all = createReconciliationPorts();
    all.contexts.cellList.push(cellNamed(3));
    all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(3) }));
    await startReconciliation(all.ports, RUN_INPUT);
    await drainQueue(all, policy);

    expect(all.contexts.repairs).toEqual([]);
    expect([...all.findings.all.values()]).toMatchObject([
      {
        status: 'OPEN',
        lastError: 'Not repaired automatically: it exceeds the caps of automatic repair.',
      },
    ]);
  });

  test('needs approval when the run has used up its cap', async () => {
    const all = createReconciliationPorts();
    for (const index of [1, 2, 3]) {
      all.contexts.cellList.push(cellNamed(index));
      all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(index) }));
    }
    await startReconciliation(all.ports, RUN_INPUT);
    await drainQueue(all, { ...AUTO, unitsPerRunMax: 7 });

    expect(all.contexts.repairs).toHaveLength(2);
    expect([...all.findings.all.values()].filter(({ status }) => status === 'OPEN')).toMatchObject([
      {
        lastError: 'Not repaired automatically: the run has used up the caps of automatic repair.',
      },
    ]);
  });

  test('is rejected for a subject that the run has repaired', async () => {
    const all = createReconciliationPorts();
    const cell = cellNamed(3);
    all.contexts.cellList.push(cell);
    all.contexts.disagreements.push(aBalanceDifference({ cell }), {
      kind: 'MOVEMENT_MISSING',
      cell,
      version: 7,
      lost: [
        {
          kind: 'RECEIVED',
          quantity: 1,
          from: { account: 'outside' },
          to: { account: 'available' },
        },
      ],
      isRestorable: true,
      isCertain: true,
      since: new Date(NOON).toISOString(),
    });
    await startReconciliation(all.ports, RUN_INPUT);
    await drainQueue(all, AUTO);

    expect(all.contexts.repairs).toHaveLength(1);
    expect([...all.findings.all.values()].map(({ lastError }) => lastError)).toContain(
      'Not repaired automatically: the run has already repaired this subject.',
    );
  });
});

test('a repair by policy applies what was claimed, not what a concurrent detection proposes', async () => {
  const all = createReconciliationPorts();
  all.contexts.cellList.push(cellNamed(3));
  all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(3) }));
  const runs = new MemoryRuns();
  const claim = runs.claimRepair.bind(runs);
  runs.claimRepair = async (...args) => {
    const [run, finding] = args;
    const other = toCellDetection(
      aBalanceDifference({ cell: cellNamed(3), units: 900 }),
      finding.detectedAt,
    );
    await reportFinding(all.findings, other, { ...run, by: 'another worker', now: NOON });
    return claim(...args);
  };
  const ports = { ...all.ports, runs };
  await startReconciliation(ports, RUN_INPUT);

  await drainQueue({ ...all, ports }, AUTO);

  expect(all.contexts.repairs).toEqual([]);
  expect([...all.findings.all.values()]).toMatchObject([{ status: 'OPEN', revision: 2 }]);
  expect(runs.claims.size).toBe(0);
});

describe('a finding that cannot be repaired', () => {
  /** Creates two wrong balances, of which the owner of one throws `error`. */
  async function withOwnerThat(fails: () => never) {
    const all = createReconciliationPorts();
    for (const index of [1, 2]) {
      all.contexts.cellList.push(cellNamed(index));
      all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(index) }));
    }
    let isAway = true;
    const repairs = {
      repair: async (order: RepairRequest) =>
        isAway && 'cell' in order.command && order.command.cell?.sku === 'sku-1'
          ? fails()
          : all.contexts.repair(order),
    };
    const ports = { ...all.ports, repairs };
    await startReconciliation(ports, RUN_INPUT);
    await drainQueue({ ...all, ports }, AUTO);
    const comeBack = () => {
      isAway = false;
    };
    return { ...all, ports, comeBack };
  }
  const unrepaired = ({ findings }: ReturnType<typeof createReconciliationPorts>) =>
    [...findings.all.values()].find(({ subject }) => subject === 'cell:sku-1/main/0');

  test.each([
    ['whose owner does not respond', new RetryLaterError('the API did not answer')],
    ['whose owner fails', new Error('the API was answered 418')],
  ])('%s is recorded, and the run completes', async (_case, error) => {
    const all = await withOwnerThat(() => {
      throw error;
    });

    expect(all.runs.all.get(RUN)).toMatchObject({ status: 'COMPLETED', findings: 2, repaired: 1 });
    expect(unrepaired(all)).toMatchObject({
      status: 'APPROVED',
      lastError: `The repair was not confirmed (${error.message}). The next reconciliation sends it again.`,
    });
    // The claim of a repair that may be applied is kept.
    expect(all.runs.capUsage.get('sku-1')).toBe(3);
  });

  test('is repaired by the next run', async () => {
    const all = await withOwnerThat(() => {
      throw new RetryLaterError('away');
    });
    all.comeBack();

    await startReconciliation(all.ports, { ...RUN_INPUT, reconciliationId: 'rec-2' });
    await drainQueue(all, AUTO);

    expect(all.runs.all.get('rec-2')).toMatchObject({ status: 'COMPLETED', repaired: 1 });
    expect(unrepaired(all)).toMatchObject({ status: 'REPAIRED' });
  });

  test('needs approval when policy no longer allows its approved repair', async () => {
    const all = await withOwnerThat(() => {
      throw new RetryLaterError('away');
    });
    all.comeBack();

    await startReconciliation(all.ports, { ...RUN_INPUT, reconciliationId: 'rec-2' });
    await drainQueue(all, ALERT);

    expect(all.contexts.repairs).toHaveLength(1);
    expect(unrepaired(all)).toMatchObject({
      status: 'OPEN',
      lastError: 'Not repaired automatically: policy does not allow its automatic repair.',
    });
  });

  test('never repairs 900 units after policy approved 3', async () => {
    const all = await withOwnerThat(() => {
      throw new RetryLaterError('away');
    });
    all.comeBack();
    all.contexts.disagreements = [aBalanceDifference({ cell: cellNamed(1), units: 900 })];

    await startReconciliation(all.ports, { ...RUN_INPUT, reconciliationId: 'rec-2' });
    await drainQueue(all, AUTO);

    expect(all.contexts.repairs).toHaveLength(1);
    expect(unrepaired(all)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      lastError: 'Not repaired automatically: it exceeds the caps of automatic repair.',
    });
  });
});

test.each([
  ['before it is approved', 'before findings.save'],
  ['after it was approved', 'before repairs.repair'],
  ['after it completed', 'after repairs.repair'],
])(
  'a repair by policy whose worker crashes %s applies the claimed repair although more is proposed',
  async (_case, fatal) => {
    let isDead = false;
    let saved = 0;
    const all = createReconciliationPorts((call) => {
      if (isDead) throw new WorkerDied();
      // The first version of the finding is its report.
      if (call === 'before findings.save') saved += 1;
      isDead = call === fatal && (call !== 'before findings.save' || saved === 2);
      if (isDead) throw new WorkerDied();
    });
    all.contexts.cellList.push(cellNamed(3));
    all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(3), units: 6 }));
    await startReconciliation(all.ports, RUN_INPUT);
    await expect(drainQueue(all, { ...AUTO, unitsPerRunMax: 10 })).rejects.toThrow(WorkerDied);
    isDead = false;
    saved = 100;
    all.contexts.disagreements = [aBalanceDifference({ cell: cellNamed(3), units: 9 })];
    const ports = { ...all.ports, repairs: all.contexts };
    await startReconciliation(ports, RUN_INPUT);

    await drainQueue({ ...all, ports }, { ...AUTO, unitsPerRunMax: 10 });

    const moved = all.contexts.repairs.flatMap(({ command: one }) =>
      one.action === 'rebuildBalance' ? [one.accounts.available] : [],
    );
    expect(all.runs.all.get(RUN)?.status).toBe('COMPLETED');
    expect(moved).toEqual(fatal === 'after repairs.repair' ? [5] : []);
    expect([...all.findings.all.values()]).toMatchObject([
      {
        status: 'OPEN',
        revision: 2,
        lastError: 'Not repaired automatically: the run has already repaired this subject.',
      },
    ]);
  },
);
