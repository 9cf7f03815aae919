import type { RepairPolicy } from '../../../lambdas/reconciliation/domain/repair.ts';
import { processWork } from '../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { NOON } from '../../support/inventory.ts';
import type { FakeContexts } from '../../support/reconciliation/fake-contexts.ts';
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

export const AUTO: RepairPolicy = { isAutomatic: true, unitsPerSkuMax: 10, unitsPerRunMax: 100 };
export const ALERT: RepairPolicy = { ...AUTO, isAutomatic: false };
export const RUN = 'rec-1';

export const cellNamed = (index: number) => ({ sku: `sku-${index}`, locationId: 'main', shard: 0 });

/** Adds seven orders with reservations, payments and cells, and a disagreement for each target. */
export function addRecords(contexts: FakeContexts): void {
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

export const RUN_INPUT = {
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
export async function reconcile({ policy = AUTO, hook, pageStartSeconds = 60 }: Options = {}) {
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

export class WorkerDied extends Error {}

/** Processes the queue until it is empty. */
export async function drainQueue(
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
