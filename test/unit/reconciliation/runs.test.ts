import { describe, expect, test } from 'vitest';
import { toRunView } from '../../../lambdas/reconciliation/presenters/reconciliation-views.ts';
import type { ScanPosition } from '../../../lambdas/reconciliation/use-cases/ports.ts';
import { processWork } from '../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { getReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/read-runs.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  aBalanceDifference,
  anOrder,
  aPaymentAudit,
  aReservationAudit,
} from '../../support/reconciliation/reconciliation.ts';
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
