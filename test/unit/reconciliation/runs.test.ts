import { describe, expect, test } from 'vitest';
import { IDLE_METRICS } from '../../../bench/budgets/idle-cost/idle-metrics.ts';
import { toCellDetection } from '../../../lambdas/reconciliation/domain/checks/check-cells.ts';
import type { RepairPolicy } from '../../../lambdas/reconciliation/domain/repair.ts';
import { toRunView } from '../../../lambdas/reconciliation/presenters/reconciliation-views.ts';
import { reportFinding } from '../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import type {
  RepairRequest,
  ScanPosition,
} from '../../../lambdas/reconciliation/use-cases/ports.ts';
import { processWork } from '../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { getReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/read-runs.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { watchRuns } from '../../../lambdas/reconciliation/use-cases/runs/watch-runs.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import type { FakeContexts } from '../../support/reconciliation/fake-contexts.ts';
import { MemoryRuns } from '../../support/reconciliation/memory-reconciliation-stores.ts';
import {
  aBalanceDifference,
  anOrder,
  aPaymentAudit,
  aReservationAudit,
} from '../../support/reconciliation/reconciliation.ts';
import {
  type CallHook,
  createReconciliationPorts,
} from '../../support/reconciliation/reconciliation-ports.ts';

const AUTO: RepairPolicy = { isAutomatic: true, unitsPerSkuMax: 10, unitsPerRunMax: 100 };
const ALERT: RepairPolicy = { ...AUTO, isAutomatic: false };
const RUN = 'rec-1';

const cellNamed = (index: number) => ({ sku: `sku-${index}`, locationId: 'main', shard: 0 });

/** Adds seven orders with reservations, payments and cells, and a disagreement for each target. */
function addRecords(contexts: FakeContexts): void {
  for (let index = 1; index <= 7; index += 1) {
    const orderId = `ord-${index}`;
    const line = { sku: `sku-${index}`, quantity: 2 };
    contexts.orderList.push(anOrder({ orderId, lines: [line] }));
    contexts.reservationList.push(
      aReservationAudit({
        reservationId: orderId,
        orderId,
        lines: [{ ...cellNamed(index), quantity: 2 }],
      }),
    );
    contexts.paymentList.push(aPaymentAudit({ orderId }));
    contexts.cellList.push(cellNamed(index));
  }
  // An unshipped order, a kept payment, a wrong balance and a reservation without an order.
  contexts.orderList[1] = anOrder({
    orderId: 'ord-2',
    status: 'FULFILLED',
    lines: [{ sku: 'sku-2', quantity: 2 }],
  });
  contexts.orderList[4] = anOrder({
    orderId: 'ord-5',
    status: 'CANCELLED',
    lines: [{ sku: 'sku-5', quantity: 2 }],
  });
  contexts.reservationList[4] = aReservationAudit({ reservationId: 'ord-5', status: 'RELEASED' });
  contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(3) }));
  contexts.orderList.splice(6, 1);
}

type Options = {
  readonly policy?: RepairPolicy;
  readonly hook?: CallHook;
  readonly pageStartSeconds?: number;
};

const RUN_INPUT = {
  reconciliationId: RUN,
  full: false,
  segments: 2,
  fingerprint: 'print-1',
  by: 'tester',
  correlationId: 'corr-1',
  now: NOON,
};

/**
 * Starts a run and processes the queue until it is empty. Redelivers the message of a dead worker.
 */
async function reconcile({ policy = AUTO, hook, pageStartSeconds = 60 }: Options = {}) {
  // A dead worker makes no further call.
  let isDead = false;
  const all = createReconciliationPorts((call) => {
    if (isDead) throw new WorkerDied();
    try {
      hook?.(call);
    } catch (error) {
      isDead = true;
      throw error;
    }
  });
  addRecords(all.contexts);
  all.depths.push({ name: 'orders-dlq', kind: 'event', messages: 3 });
  let clock = NOON;
  const tick = () => {
    clock += 1;
    return clock;
  };
  let deaths = 0;
  for (;;) {
    try {
      await startReconciliation(all.ports, RUN_INPUT);
      break;
    } catch {
      deaths += 1;
      isDead = false;
    }
  }
  for (
    let message = all.queue.messages.shift();
    message !== undefined;
    message = all.queue.messages.shift()
  ) {
    try {
      await processWork(all.ports, message, {
        policy,
        pageStartSeconds,
        repairStartSeconds: 60,
        clock: tick,
      });
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      deaths += 1;
      isDead = false;
      all.queue.messages.push(message);
    }
  }
  const { findings, runs, contexts } = all;
  return {
    ...all,
    deaths,
    report: {
      run: { ...runs.all.get(RUN), finishedAt: '', updatedAt: '', version: 0 },
      findings: [...findings.all.values()]
        .map(({ kind, subject, status, lastError }) => ({ kind, subject, status, lastError }))
        .sort((a, b) => (a.subject < b.subject ? -1 : 1)),
      repairs: [...new Set(contexts.repairs.map(({ command: one }) => JSON.stringify(one)))].sort(),
    },
  };
}

class WorkerDied extends Error {}

/** Processes the queue until it is empty. */
async function drainQueue(
  all: ReturnType<typeof createReconciliationPorts>,
  policy: RepairPolicy,
  now = NOON,
): Promise<void> {
  for (
    let message = all.queue.messages.shift();
    message !== undefined;
    message = all.queue.messages.shift()
  ) {
    await processWork(all.ports, message, {
      policy,
      pageStartSeconds: 60,
      repairStartSeconds: 60,
      clock: () => now,
    });
  }
}

describe('a run', () => {
  test('reports a disagreement although a listed payment changed between the reads', async () => {
    const all = createReconciliationPorts();
    const line = { sku: 'sku-1', quantity: 2 };
    all.contexts.orderList.push(anOrder({ orderId: 'ord-1', status: 'CANCELLED', lines: [line] }));
    all.contexts.reservationList.push(
      aReservationAudit({
        reservationId: 'ord-1',
        status: 'COMMITTED',
        lines: [{ ...cellNamed(1), quantity: 2 }],
      }),
    );
    all.contexts.paymentList.push(aPaymentAudit({ orderId: 'ord-1' }));
    const beforeSecondRead = async () => {
      all.contexts.paymentList = [
        aPaymentAudit({ orderId: 'ord-1', status: 'REFUNDED', version: 9 }),
      ];
    };
    const ports = { ...all.ports, delay: { beforeSecondRead } };
    await startReconciliation(ports, RUN_INPUT);

    await drainQueue({ ...all, ports }, ALERT);

    expect([...all.findings.all.values()].map(({ kind }) => kind)).toContain(
      'CANCELLED_ORDER_HOLDS_STOCK',
    );
  });

  test('checks everything once, reports disagreements and repairs what policy allows', async () => {
    const { report, metrics } = await reconcile();

    expect(report.run).toMatchObject({
      status: 'COMPLETED',
      checked: { cells: 7, orders: 6, payments: 7, reservations: 6 },
      findings: 6,
      repaired: 3,
      unsettledCells: 0,
    });
    expect(report.findings).toEqual([
      { kind: 'BALANCE_DIFFERS', subject: 'cell:sku-3/main/0', status: 'REPAIRED' },
      { kind: 'ORDER_NOT_SHIPPED', subject: 'order:ord-2', status: 'REPAIRED' },
      { kind: 'CANCELLED_ORDER_KEEPS_MONEY', subject: 'payment:ord-5-1', status: 'REPAIRED' },
      { kind: 'PAYMENT_WITHOUT_ORDER', subject: 'payment:ord-7-1', status: 'OPEN' },
      { kind: 'DEAD_LETTERS', subject: 'queue:orders-dlq', status: 'OPEN' },
      { kind: 'RESERVATION_WITHOUT_ORDER', subject: 'reservation:ord-7', status: 'OPEN' },
    ]);
    expect(metrics.written[0]).toMatchObject({
      ReconciliationsCompleted: { value: 1, unit: 'Count' },
      CellsChecked: { value: 7, unit: 'Count' },
    });
  });

  test('repairs nothing without automatic repair', async () => {
    const { report } = await reconcile({ policy: ALERT });

    expect(report.repairs).toEqual([]);
    expect(new Set(report.findings.map(({ status }) => status))).toEqual(new Set(['OPEN']));
  });

  test('scans orders and payments before cells', async () => {
    const calls: string[] = [];
    await reconcile({ hook: (call) => calls.push(call) });

    expect(calls.lastIndexOf('before audits.orders')).toBeLessThan(
      calls.indexOf('before audits.cells'),
    );
    expect(calls.lastIndexOf('before audits.payments')).toBeLessThan(
      calls.indexOf('before audits.cells'),
    );
  });

  test('has the same report with one page per message', async () => {
    const whole = await reconcile();
    const inPieces = await reconcile({ pageStartSeconds: 0.001 });

    expect(inPieces.report).toEqual(whole.report);
  });

  test('has the same report after a crash before or after any call', async () => {
    const whole = await reconcile();
    let calls = 0;
    await reconcile({
      hook: () => {
        calls += 1;
      },
    });

    for (let fatal = 1; fatal <= calls; fatal += 1) {
      let count = 0;
      const died = await reconcile({
        hook: () => {
          count += 1;
          if (count === fatal) throw new WorkerDied();
        },
      });

      expect(died.deaths, `call ${fatal}`).toBe(1);
      expect(died.report, `call ${fatal}`).toEqual(whole.report);
    }
    expect(calls).toBeGreaterThan(100);
  });

  test('counts each page once when two workers scan a segment', async () => {
    const { ports, runs, queue, contexts } = createReconciliationPorts();
    addRecords(contexts);
    await startReconciliation(ports, RUN_INPUT);
    const worker = {
      policy: AUTO,
      pageStartSeconds: 60,
      repairStartSeconds: 60,
      clock: () => NOON,
    };

    while (queue.messages.length > 0) {
      const messages = queue.messages.splice(0);
      await Promise.all(
        [...messages, ...messages].map((message) => processWork(ports, message, worker)),
      );
    }

    expect(runs.all.get(RUN)).toMatchObject({
      status: 'COMPLETED',
      checked: { cells: 7, orders: 6, payments: 7, reservations: 6 },
    });
  });

  test('is the same run for a repeated key, and rejects another body', async () => {
    const { ports, runs } = createReconciliationPorts();

    const first = await startReconciliation(ports, RUN_INPUT);
    const again = await startReconciliation(ports, { ...RUN_INPUT, now: NOON + seconds(5) });
    const other = await startReconciliation(ports, { ...RUN_INPUT, fingerprint: 'print-2' });

    expect(again).toEqual(first);
    expect(other).toEqual({ ok: false, error: { kind: 'keyReused' } });
    expect(runs.all.size).toBe(1);
  });
});

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

describe('a segment whose page fails', () => {
  /** Processes a run of one segment whose audit of orders throws the first `times` times. */
  async function missing(
    times: number,
    error: Error = new RetryLaterError('the API did not answer'),
  ) {
    const all = createReconciliationPorts();
    all.contexts.orderList.push(anOrder());
    all.contexts.reservationList.push(aReservationAudit());
    all.contexts.paymentList.push(aPaymentAudit());
    let failures = 0;
    const audits = {
      ...all.ports.audits,
      cells: all.contexts.cells.bind(all.contexts),
      reservations: all.contexts.reservations.bind(all.contexts),
      payments: all.contexts.payments.bind(all.contexts),
      paymentsById: all.contexts.paymentsById.bind(all.contexts),
      ordersById: all.contexts.ordersById.bind(all.contexts),
      orders: async (position: ScanPosition) => {
        if (failures < times) {
          failures += 1;
          throw error;
        }
        return all.contexts.orders(position);
      },
    };
    const ports = { ...all.ports, audits };
    await startReconciliation(ports, { ...RUN_INPUT, segments: 1 });
    const shown: unknown[] = [];
    for (
      let message = all.queue.messages.shift();
      message !== undefined;
      message = all.queue.messages.shift()
    ) {
      await processWork(ports, message, {
        policy: ALERT,
        pageStartSeconds: 60,
        repairStartSeconds: 60,
        clock: () => NOON,
      });
      const result = await getReconciliation(all.runs, RUN);
      if (result.ok)
        shown.push(
          toRunView(result.value).pendingSegments.find(({ target }) => target === 'orders'),
        );
    }
    return { ...all, shown, retries: all.queue.delays.filter((delay) => delay > 0) };
  }

  test('is retried with growing delays, and the run completes', async () => {
    const { runs, retries } = await missing(6);

    expect(retries).toEqual([2, 8, 30, 60, 60, 60]);
    expect(runs.all.get(RUN)).toMatchObject({ status: 'COMPLETED', checked: { orders: 1 } });
  });

  test('shows its pending segments and their errors', async () => {
    const { shown } = await missing(2);

    expect(shown).toContainEqual({
      target: 'orders',
      segment: 1,
      segments: 1,
      pages: 0,
      since: '2026-01-01T12:00:00.000Z',
      failedAttempts: 2,
      lastError: 'the API did not answer',
    });
    expect(shown.at(-1)).toBeUndefined();
  });

  test.each([
    [29, 'COMPLETED', undefined],
    [30, 'FAILED', 'orders 1: the API did not answer'],
  ])('%i times ends the run as %s', async (times, status, failure) => {
    const { runs, metrics } = await missing(times);

    expect(runs.all.get(RUN)?.status).toBe(status);
    expect(runs.all.get(RUN)?.failure).toBe(failure);
    expect(metrics.written.filter((written) => 'ReconciliationsFailed' in written)).toHaveLength(
      status === 'FAILED' ? 1 : 0,
    );
  });

  test('counts the attempts at one page, not of the run', async () => {
    const { runs } = await missing(1);

    expect(
      [...runs.segmentsById.values()].filter(({ failedAttempts }) => failedAttempts !== undefined),
    ).toEqual([]);
  });
});

test('a run sends each of its segments once', async () => {
  const all = createReconciliationPorts();
  addRecords(all.contexts);
  await startReconciliation(all.ports, RUN_INPUT);
  const sent: string[] = [];
  for (
    let message = all.queue.messages.shift();
    message !== undefined;
    message = all.queue.messages.shift()
  ) {
    if (message.kind === 'scan')
      sent.push(`${message.segmentId.target} ${message.segmentId.segment}`);
    await processWork(all.ports, message, {
      policy: ALERT,
      pageStartSeconds: 60,
      repairStartSeconds: 60,
      clock: () => NOON,
    });
  }

  expect(sent.sort()).toEqual([
    'cells 0',
    'cells 1',
    'orders 0',
    'orders 1',
    'payments 0',
    'payments 1',
    'queues 0',
    'records 0',
    'records 1',
    'suspectCells 0',
  ]);
});

describe('a page', () => {
  test('checks 400 committed reservations, and the next page checks the rest', async () => {
    const all = createReconciliationPorts();
    all.contexts.cellList.push(cellNamed(1));
    for (let index = 0; index < 401; index += 1) {
      const line = { ...cellNamed(1), quantity: 1 };
      all.contexts.reservationList.push(
        aReservationAudit({
          reservationId: `res-${index}`,
          orderId: `res-${index}`,
          lines: [line],
        }),
      );
    }
    await startReconciliation(all.ports, { ...RUN_INPUT, segments: 1 });

    await drainQueue(all, ALERT);

    const pages = [...all.runs.segmentsById.values()].find(({ target }) => target === 'cells');
    expect(pages).toMatchObject({ pages: 2, checked: { cells: 1 }, isDone: true });
    expect(all.findings.all.size).toBe(401);
  });

  test('audits ten suspect cells, and the next page audits the rest', async () => {
    const all = createReconciliationPorts();
    for (let index = 0; index < 11; index += 1) {
      all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(index) }));
      await all.runs.addSuspect(RUN, cellNamed(index), `ord-${index}`);
    }
    await startReconciliation(all.ports, { ...RUN_INPUT, segments: 1 });

    await drainQueue(all, ALERT);

    const pages = [...all.runs.segmentsById.values()].find(
      ({ target }) => target === 'suspectCells',
    );
    expect(pages).toMatchObject({ pages: 2, isDone: true });
    expect(all.findings.all.size).toBe(11);
  });

  test('starts no repair after its deadline, and records the reason', async () => {
    const all = createReconciliationPorts();
    all.contexts.cellList.push(cellNamed(3));
    all.contexts.disagreements.push(aBalanceDifference({ cell: cellNamed(3) }));
    await startReconciliation(all.ports, RUN_INPUT);
    for (
      let message = all.queue.messages.shift();
      message !== undefined;
      message = all.queue.messages.shift()
    )
      await processWork(all.ports, message, {
        policy: AUTO,
        pageStartSeconds: 60,
        repairStartSeconds: 0,
        clock: () => NOON,
      });

    expect(all.contexts.repairs).toEqual([]);
    expect(all.runs.all.get(RUN)?.status).toBe('COMPLETED');
    expect([...all.findings.all.values()]).toMatchObject([
      {
        status: 'OPEN',
        lastError: 'Not repaired automatically: no time was left in this segment of the run.',
      },
    ]);
  });
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

describe('the hourly check', () => {
  test('writes metrics of the open findings and the age of the last completed run', async () => {
    const { ports, metrics } = await reconcile({ policy: ALERT });

    await watchRuns(ports, NOON + seconds(7_200));

    expect(metrics.written.at(-1)).toEqual({
      FindingsOpen: { value: 6, unit: 'Count' },
      // Three units of the balance, and two of each of two reservations.
      DriftUnits: { value: 7, unit: 'Count' },
      LastReconciliationAge: { value: expect.closeTo(7_200, 0), unit: 'Seconds' },
    });
  });

  test.each([
    ['idle for half an hour is retried', 31 * 60, 'RUNNING', 7],
    ['busy a minute ago is not retried', 60, 'RUNNING', 0],
    ['not completed within 20 hours is marked as failed', 20 * 3_600 + 1, 'FAILED', 0],
  ])('counts a run that is %s', async (_case, age, status, sent) => {
    const { ports, runs, queue, metrics } = createReconciliationPorts();
    await startReconciliation(ports, RUN_INPUT);
    queue.messages.splice(0);

    await watchRuns(ports, NOON + seconds(age));

    expect(runs.all.get(RUN)?.status).toBe(status);
    expect(queue.messages).toHaveLength(sent);
    expect(metrics.written[0]?.ReconciliationsFailed?.value).toBe(
      status === 'FAILED' ? 1 : undefined,
    );
  });

  test('writes only the metrics of the cost model for an idle stage', async () => {
    const { ports, metrics } = await reconcile({ policy: ALERT });
    const ofRun = metrics.written.map((written) => Object.keys(written).sort());
    const idle = createReconciliationPorts();
    await startReconciliation(idle.ports, RUN_INPUT);

    await watchRuns(ports, NOON);
    await watchRuns(idle.ports, NOON);

    expect(ofRun).toEqual([IDLE_METRICS.StartScheduledReconciliation]);
    expect(idle.metrics.written.map(Object.keys)).toEqual([IDLE_METRICS.WatchRuns]);
  });

  test('writes no metric for a new stage without findings', async () => {
    const { ports, metrics } = createReconciliationPorts();

    await watchRuns(ports, NOON);

    expect(metrics.written).toEqual([{}]);
  });

  test('uses the age of the oldest start while no run has completed', async () => {
    const { ports, metrics } = createReconciliationPorts();
    await startReconciliation(ports, RUN_INPUT);

    await watchRuns(ports, NOON + seconds(60));

    expect(metrics.written).toEqual([{ LastReconciliationAge: { value: 60, unit: 'Seconds' } }]);
  });
});
