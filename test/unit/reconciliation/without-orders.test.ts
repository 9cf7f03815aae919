import { describe, expect, test } from 'vitest';
import { withoutOrders } from '../../../lambdas/reconciliation/adapters/inventory-audits.ts';
import { processWork } from '../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { NOON } from '../../support/inventory.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';
import { AUTO, addRecords, RUN, RUN_INPUT } from './run-builders.ts';

describe('a run of a stage without orders', () => {
  const run = async () => {
    const routes: string[] = [];
    const all = createReconciliationPorts((call) => routes.push(call));
    addRecords(all.contexts);
    const ports = { ...all.ports, audits: withoutOrders(all.ports.audits) };
    await startReconciliation(ports, RUN_INPUT);
    for (
      let message = all.queue.messages.shift();
      message !== undefined;
      message = all.queue.messages.shift()
    )
      await processWork(ports, message, {
        policy: { ...AUTO, isAutomatic: false },
        pageStartSeconds: 60,
        repairStartSeconds: 60,
        clock: () => NOON,
      });
    return { routes, all, run: await all.ports.runs.get(RUN) };
  };

  test('completes with the cells, and reads no order and no payment', async () => {
    const { routes, run: finished } = await run();

    expect(finished).toMatchObject({
      status: 'COMPLETED',
      checked: { cells: 7, orders: 0, payments: 0 },
    });
    expect(routes.filter((call) => /orders|payments/i.test(call))).toEqual([]);
  });

  test('finds the wrong balance, and no reservation without an order', async () => {
    const { all } = await run();

    const { items } = await all.ports.findings.list('OPEN', { limit: 50 });
    expect(items.map(({ kind }) => kind)).toEqual(['BALANCE_DIFFERS']);
  });
});
