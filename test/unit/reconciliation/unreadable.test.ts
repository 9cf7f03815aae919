import { expect, test } from 'vitest';
import type { Unreadable } from '../../../lambdas/contracts/unreadable.ts';
import { listReconciliations } from '../../../lambdas/reconciliation/use-cases/read-runs.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/reconcile.ts';
import { watchRuns } from '../../../lambdas/reconciliation/use-cases/watch-runs.ts';
import { work } from '../../../lambdas/reconciliation/use-cases/work.ts';
import { UnreadableRecord } from '../../../lambdas/shared/core/unreadable.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  anOrder,
  aPaymentAudit,
  aReservationAudit,
  reconciliationPorts,
} from '../../support/reconciliation.ts';

const RUN = 'rec-1';
const command = {
  reconciliationId: RUN,
  full: false,
  segments: 1,
  fingerprint: 'print',
  by: 'staff',
  correlationId: 'corr-1',
  now: NOON,
};
const policy = { mode: 'auto', unitsPerSkuMax: 100, unitsPerRunMax: 100 } as const;
const CELL = { sku: 'tea', locationId: 'main', shard: 0 };
const DRIFT = {
  kind: 'BALANCE_DIFFERS',
  cell: CELL,
  version: 3,
  balance: { available: 6, held: {}, committed: 0 },
  movements: { available: 5, held: {}, committed: 0 },
  rebuildable: false,
} as const;

const broken = (table: string, key: string, id: string): Unreadable => ({
  table,
  key: `${key}#${id}`,
  id,
  problem: 'lines: must be array, is string',
});

type Stage = ReturnType<typeof reconciliationPorts>;

/** A run from its first message to its last. */
async function reconciled({ ports, queue, runs }: Stage) {
  await startReconciliation(ports, command);
  for (let one = queue.waiting.shift(); one !== undefined; one = queue.waiting.shift())
    await work(ports, one, {
      policy,
      seconds: 100,
      repairSeconds: 60,
      clock: () => NOON + seconds(60),
    });
  return runs.all.get(RUN);
}

const kindsFound = ({ findings }: Stage) =>
  [...findings.all.values()].map(({ kind, subject }) => `${kind} ${subject}`).sort();

/** An order that is right, and one cell that has drifted. */
function stageWith(change: (stage: Stage) => void): Stage {
  const stage = reconciliationPorts();
  stage.world.orderList = [anOrder()];
  stage.world.reservationList = [aReservationAudit()];
  stage.world.paymentList = [aPaymentAudit()];
  stage.world.cellList = [CELL];
  stage.world.disagreements = [DRIFT];
  change(stage);
  return stage;
}

const DRIFT_FOUND = 'BALANCE_DIFFERS cell:tea/main/0';

test.each<[string, (stage: Stage) => void, string]>([
  [
    'a reservation',
    ({ world }) => {
      world.reservationList = [];
      world.unreadable.reservations.push(broken('inventory', 'RESERVATION', 'ord-1'));
    },
    'record:inventory/RESERVATION#ord-1',
  ],
  [
    'an order',
    ({ world }) => {
      world.orderList = [];
      world.unreadable.orders.push(broken('orders', 'ORDER', 'ord-1'));
    },
    'record:orders/ORDER#ord-1',
  ],
  [
    'a payment',
    ({ world }) => {
      world.paymentList = [];
      world.unreadable.payments.push(broken('payments', 'PAYMENT', 'ord-1-1'));
    },
    'record:payments/PAYMENT#ord-1-1',
  ],
  [
    'a checkpoint',
    ({ world }) => {
      world.unreadable.cells.push(broken('inventory', 'CELL', 'tea#main#0'));
    },
    'record:inventory/CELL#tea#main#0',
  ],
  [
    'a record of its own',
    ({ ownUnreadable }) => {
      ownUnreadable.push(broken('reconciliation', 'RUN', 'rec-0'));
    },
    'record:reconciliation/RUN#rec-0',
  ],
])(
  'a run that meets %s that cannot be read says so, judges nothing by it and finds the rest',
  async (_what, change, subject) => {
    const stage = stageWith(change);

    const run = await reconciled(stage);

    expect(run).toMatchObject({ status: 'COMPLETED', findings: 2, repaired: 0 });
    expect(kindsFound(stage)).toEqual([DRIFT_FOUND, `RECORD_UNREADABLE ${subject}`]);
    expect(stage.world.repairs).toEqual([]);
    const finding = [...stage.findings.all.values()].find(
      ({ kind }) => kind === 'RECORD_UNREADABLE',
    );
    expect(finding?.repair).toBeUndefined();
    expect(finding?.explanation).toContain('lines: must be array, is string');
  },
);

test('what was open before stays open while a record of its table cannot be read, and closes after that', async () => {
  const stage = stageWith(({ world }) => {
    world.unreadable.cells.push(broken('inventory', 'SKU', 'tea'));
  });
  await reconciled(stage);
  stage.world.disagreements = [];
  stage.runs.all.delete(RUN);
  stage.runs.parts.clear();
  stage.runs.notes.clear();

  const later = { ...command, now: NOON + seconds(3_600) };
  await startReconciliation(stage.ports, later);
  for (let one = stage.queue.waiting.shift(); one !== undefined; one = stage.queue.waiting.shift())
    await work(stage.ports, one, {
      policy,
      seconds: 100,
      repairSeconds: 60,
      clock: () => later.now,
    });

  expect(stage.runs.all.get(RUN)?.status).toBe('COMPLETED');
  expect(
    [...stage.findings.all.values()].map(({ kind, status }) => `${kind} ${status}`).sort(),
  ).toEqual(['BALANCE_DIFFERS OPEN', 'RECORD_UNREADABLE OPEN']);
});

test('a run that cannot read how far it has come fails at once', async () => {
  const stage = stageWith(() => undefined);
  const unreadable = broken('reconciliation', 'RUN', RUN);
  const runs = Object.assign(stage.ports.runs, {
    segment: () => Promise.reject(new UnreadableRecord(unreadable)),
  });

  await reconciled({ ...stage, ports: { ...stage.ports, runs } });

  expect(stage.runs.all.get(RUN)?.status).toBe('FAILED');
});

test('a finding that cannot be read keeps a run from nothing else', async () => {
  const stage = stageWith(({ world }) => {
    world.unreadable.orders.push(broken('orders', 'PRODUCT', 'cup'));
  });
  const { findings } = stage.ports;
  let damaged = '';
  const get = findings.get.bind(findings);
  Object.assign(findings, {
    get: async (id: string) => {
      damaged ||= id;
      if (id === damaged) throw new UnreadableRecord(broken('reconciliation', 'FINDING', id));
      return get(id);
    },
  });

  const run = await reconciled(stage);

  expect(run?.status).toBe('COMPLETED');
  expect(kindsFound(stage)).toEqual([DRIFT_FOUND]);
});

test('a run under way of which a record cannot be read is listed with the others, and given up by the watch', async () => {
  const { ports, runs } = stageWith(() => undefined);
  await startReconciliation(ports, command);
  Object.assign(ports.runs, {
    segments: () => Promise.reject(new UnreadableRecord(broken('reconciliation', 'RUN', RUN))),
  });

  const listed = await listReconciliations(ports.runs, { limit: 10 });
  await watchRuns(ports, NOON + seconds(60));

  expect(listed).toMatchObject({
    value: { items: [{ run: { reconciliationId: RUN }, segments: [] }] },
  });
  expect(runs.all.get(RUN)?.status).toBe('FAILED');
});
