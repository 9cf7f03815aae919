import { expect, test } from 'vitest';
import type { UnreadableRecord } from '../../../lambdas/contracts/api/unreadable-record.ts';
import { processWork } from '../../../lambdas/reconciliation/use-cases/runs/process-work.ts';
import { listReconciliations } from '../../../lambdas/reconciliation/use-cases/runs/read-runs.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { watchRuns } from '../../../lambdas/reconciliation/use-cases/runs/watch-runs.ts';
import { UnreadableRecordError } from '../../../lambdas/shared/core/unreadable-record.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  anOrder,
  aPaymentAudit,
  aReservationAudit,
} from '../../support/reconciliation/reconciliation.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';

const RUN = 'rec-1';
const RUN_INPUT = {
  reconciliationId: RUN,
  full: false,
  segments: 1,
  fingerprint: 'print',
  by: 'staff',
  correlationId: 'corr-1',
  now: NOON,
};
const policy = { isAutomatic: true, unitsPerSkuMax: 100, unitsPerRunMax: 100 } as const;
const CELL = { sku: 'tea', locationId: 'main', shard: 0 };
const BALANCE_DIFFERENCE = {
  kind: 'BALANCE_DIFFERS',
  cell: CELL,
  version: 3,
  balance: { available: 6, held: {}, committed: 0 },
  movements: { available: 5, held: {}, committed: 0 },
  isRebuildable: false,
} as const;

const anUnreadableRecord = (table: string, key: string, id: string): UnreadableRecord => ({
  table,
  key: `${key}#${id}`,
  id,
  problem: 'lines: must be array, is string',
});

type Ports = ReturnType<typeof createReconciliationPorts>;

/** Runs a reconciliation from its first message to its last. */
async function reconcile({ ports, queue, runs }: Ports) {
  await startReconciliation(ports, RUN_INPUT);
  for (let one = queue.messages.shift(); one !== undefined; one = queue.messages.shift())
    await processWork(ports, one, {
      policy,
      pageStartSeconds: 100,
      repairStartSeconds: 60,
      clock: () => NOON + seconds(60),
    });
  return runs.all.get(RUN);
}

const findingsOf = ({ findings }: Ports) =>
  [...findings.all.values()].map(({ kind, subject }) => `${kind} ${subject}`).sort();

/** Creates a consistent order and one wrong balance. */
function createPorts(change: (stage: Ports) => void): Ports {
  const stage = createReconciliationPorts();
  stage.contexts.orderList = [anOrder()];
  stage.contexts.reservationList = [aReservationAudit()];
  stage.contexts.paymentList = [aPaymentAudit()];
  stage.contexts.cellList = [CELL];
  stage.contexts.disagreements = [BALANCE_DIFFERENCE];
  change(stage);
  return stage;
}

const DRIFT_FINDING = 'BALANCE_DIFFERS cell:tea/main/0';

test.each<[string, (stage: Ports) => void, string]>([
  [
    'a reservation',
    ({ contexts }) => {
      contexts.reservationList = [];
      contexts.unreadable.reservations.push(
        anUnreadableRecord('inventory', 'RESERVATION', 'ord-1'),
      );
    },
    'record:inventory/RESERVATION#ord-1',
  ],
  [
    'an order',
    ({ contexts }) => {
      contexts.orderList = [];
      contexts.unreadable.orders.push(anUnreadableRecord('orders', 'ORDER', 'ord-1'));
    },
    'record:orders/ORDER#ord-1',
  ],
  [
    'a payment',
    ({ contexts }) => {
      contexts.paymentList = [];
      contexts.unreadable.payments.push(anUnreadableRecord('payments', 'PAYMENT', 'ord-1-1'));
    },
    'record:payments/PAYMENT#ord-1-1',
  ],
  [
    'a checkpoint',
    ({ contexts }) => {
      contexts.unreadable.cells.push(anUnreadableRecord('inventory', 'CELL', 'tea#main#0'));
    },
    'record:inventory/CELL#tea#main#0',
  ],
  [
    'its own record',
    ({ ownUnreadable }) => {
      ownUnreadable.push(anUnreadableRecord('reconciliation', 'RUN', 'rec-0'));
    },
    'record:reconciliation/RUN#rec-0',
  ],
])(
  'a run with unreadable %s reports it, checks nothing against it and finds the rest',
  async (_what, change, subject) => {
    const stage = createPorts(change);

    const run = await reconcile(stage);

    expect(run).toMatchObject({ status: 'COMPLETED', findings: 2, repaired: 0 });
    expect(findingsOf(stage)).toEqual([DRIFT_FINDING, `RECORD_UNREADABLE ${subject}`]);
    expect(stage.contexts.repairs).toEqual([]);
    const finding = [...stage.findings.all.values()].find(
      ({ kind }) => kind === 'RECORD_UNREADABLE',
    );
    expect(finding?.repair).toBeUndefined();
    expect(finding?.explanation).toContain('lines: must be array, is string');
  },
);

test('an open finding stays open while a compared record is unreadable', async () => {
  const stage = createPorts(({ contexts }) => {
    contexts.unreadable.cells.push(anUnreadableRecord('inventory', 'SKU', 'tea'));
  });
  await reconcile(stage);
  stage.contexts.disagreements = [];
  stage.runs.all.delete(RUN);
  stage.runs.segmentsById.clear();
  stage.runs.runFindings.clear();

  const later = { ...RUN_INPUT, now: NOON + seconds(3_600) };
  await startReconciliation(stage.ports, later);
  for (
    let one = stage.queue.messages.shift();
    one !== undefined;
    one = stage.queue.messages.shift()
  )
    await processWork(stage.ports, one, {
      policy,
      pageStartSeconds: 100,
      repairStartSeconds: 60,
      clock: () => later.now,
    });

  expect(stage.runs.all.get(RUN)?.status).toBe('COMPLETED');
  expect(
    [...stage.findings.all.values()].map(({ kind, status }) => `${kind} ${status}`).sort(),
  ).toEqual(['BALANCE_DIFFERS OPEN', 'RECORD_UNREADABLE OPEN']);
});

test('a run with unreadable progress fails immediately', async () => {
  const stage = createPorts(() => undefined);
  const unreadable = anUnreadableRecord('reconciliation', 'RUN', RUN);
  const runs = Object.assign(stage.ports.runs, {
    getSegment: () => Promise.reject(new UnreadableRecordError(unreadable)),
  });

  await reconcile({ ...stage, ports: { ...stage.ports, runs } });

  expect(stage.runs.all.get(RUN)?.status).toBe('FAILED');
});

test('an unreadable finding does not stop a run', async () => {
  const stage = createPorts(({ contexts }) => {
    contexts.unreadable.orders.push(anUnreadableRecord('orders', 'PRODUCT', 'cup'));
  });
  const { findings } = stage.ports;
  let damaged = '';
  const get = findings.get.bind(findings);
  Object.assign(findings, {
    get: async (id: string) => {
      damaged ||= id;
      if (id === damaged)
        throw new UnreadableRecordError(anUnreadableRecord('reconciliation', 'FINDING', id));
      return get(id);
    },
  });

  const run = await reconcile(stage);

  expect(run?.status).toBe('COMPLETED');
  expect(findingsOf(stage)).toEqual([DRIFT_FINDING]);
});

test('an unreadable running run is listed, and the hourly check marks it as failed', async () => {
  const { ports, runs } = createPorts(() => undefined);
  await startReconciliation(ports, RUN_INPUT);
  Object.assign(ports.runs, {
    listSegments: () =>
      Promise.reject(new UnreadableRecordError(anUnreadableRecord('reconciliation', 'RUN', RUN))),
  });

  const listed = await listReconciliations(ports.runs, { limit: 10 });
  await watchRuns(ports, NOON + seconds(60));

  expect(listed).toMatchObject({
    value: { items: [{ run: { reconciliationId: RUN }, segments: [] }] },
  });
  expect(runs.all.get(RUN)?.status).toBe('FAILED');
});
