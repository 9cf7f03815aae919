import { describe, expect, test } from 'vitest';
import { countStock } from '../../../../lambdas/reconciliation/use-cases/counts/count-stock.ts';
import { approveFinding } from '../../../../lambdas/reconciliation/use-cases/findings/approve-finding.ts';
import { findingIdOf } from '../../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import { processWork } from '../../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { startReconciliation } from '../../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { anOrder } from '../../../support/reconciliation/reconciliation.ts';
import type { createReconciliationPorts } from '../../../support/reconciliation/reconciliation-ports.ts';
import { aCountInput, afterCount, BASIS, DEFAULTS, withBasis } from './count-builders.ts';

const DECISION = { by: 'staff', revision: 1, now: NOON + seconds(60) };

const WORK_OPTIONS = {
  policy: { isAutomatic: false, unitsPerSkuMax: 0, unitsPerRunMax: 0 },
  pageStartSeconds: 60,
  repairStartSeconds: 60,
  clock: () => NOON,
} as const;

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

  test('names the reservations of services, which no decision cancels', async () => {
    const ofService = { owner: 'service:000000000000/role/shop', reservationId: 'res-1' };
    const { quantity, since } = { quantity: 1, since: '2026-01-01T12:00:00.000Z' };
    const all = withBasis({ unfulfillable: [...SHORT, { ...ofService, quantity, since }] });

    await countStock(all.ports, aCountInput({ counted: 36 }), DEFAULTS);

    const finding = all.findings.all.get(COUNT_FINDING);
    expect(finding?.explanation).toContain('newest first: ord-9, ord-8.');
    expect(finding?.explanation).toContain('res-1 of service:000000000000/role/shop');
    expect(finding?.repair?.command).toMatchObject({ unfulfillable: ['ord-9', 'ord-8'] });
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
