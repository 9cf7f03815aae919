import type { Item, Value } from '../../simulator/dynamodb/values.ts';
import { type Flow, type Harness, STAFF } from './harness.ts';
import {
  expectStock,
  MINUTE,
  orderPath,
  payOrder,
  placeAndPayOrder,
  placeOrder,
  stockSku,
} from './steps.ts';

/** More changes than an audit leaves without a checkpoint. */
const ADJUSTMENTS = 52;
const DAY = 24 * 60 * MINUTE;
/** Earlier than every grace time, and than any scenario. */
const LONG_AGO: Value = { S: '2026-11-01T00:00:00.000Z' };

const isOfType = (type: string) => (item: Item) => item.type?.S === type;
const isMovementOfKind = (kind: string) => (item: Item) =>
  item.type?.S === 'movements' && item.movements?.L?.[0]?.M?.kind?.S === kind;
const addUnits = (value: Value | undefined, units: number): Value => ({
  N: String(Number(value?.N) + units),
});

/** Throws if the drift changed nothing, because the flow would prove nothing. */
function requireDrift(
  harness: Harness,
  table: string,
  wanted: (item: Item) => boolean,
  change: (item: Item) => Item | undefined,
): void {
  if (harness.injectDrift(table, wanted, change) === 0)
    throw new Error(`no item of ${table} was changed`);
}

async function reconcile(
  harness: Harness,
  key: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { reconciliationId } = await harness.requestOk<{ reconciliationId: string }>(
    'POST /reconciliations',
    {
      by: STAFF,
      key,
      body: { full: true },
    },
  );
  await harness.world.settle();
  return harness.requestOk(`GET /reconciliations/${reconciliationId}`, { by: STAFF });
}

/** Expects that a run without faults finds nothing afterwards. */
async function expectNoFindings(harness: Harness, key = 'second'): Promise<void> {
  const run = await reconcile(harness, key);
  if (run.status !== 'COMPLETED' || run.findings !== 0)
    harness.addViolation(`the ${key} run says ${JSON.stringify(run)}`);
}

const submitCount = (harness: Harness, units: number, key = 'count') =>
  harness.requestOk<{ findingId?: string; status: string }>('POST /stock/tea/counts', {
    by: STAFF,
    key,
    body: { counted: units },
  });

const MANAGER = { user: 'manager' };

type FindingRead = {
  readonly revision: number;
  readonly status: string;
  readonly lastError?: string;
};
const readFinding = (harness: Harness, findingId: string | undefined) =>
  harness.requestOk<FindingRead>(`GET /findings/${findingId}`, { by: STAFF });

async function submitDatedCount(
  harness: Harness,
  { key, ...body }: { readonly counted: number; readonly countedAt: string; readonly key: string },
  wanted: string,
): Promise<void> {
  const { status } = await harness.requestOk<{ status: string }>('POST /stock/tea/counts', {
    by: STAFF,
    key,
    body,
  });
  if (status !== wanted) harness.addViolation(`the count ${key} is ${status}, not ${wanted}`);
}

export const reconciliationFlows: readonly Flow[] = [
  {
    name: 'a run that finds drift in the book, and mends it',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await stockSku(harness, 'pot', 5);
      await stockSku(harness, 'jar', 5);
      await harness.world.time.wait(DAY);
      const isJar = (item: Item) => item.type?.S === 'balance' && item.sku?.S === 'jar';
      requireDrift(harness, 'Book', isJar, (item) => ({
        ...item,
        available: addUnits(item.available, 3),
        version: addUnits(item.version, 1),
      }));
      const isLost = (item: Item) =>
        (isMovementOfKind('RECEIVED')(item) && item.sku?.S === 'pot') ||
        (isMovementOfKind('RESERVED')(item) && item.sku?.S === 'cup');
      requireDrift(harness, 'Book', isLost, () => undefined);
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['COMPLETED']],
    check: async (harness) => {
      await expectNoFindings(harness);
      await expectStock('jar', { onHand: 5, available: 5 })(harness);
    },
  },
  {
    name: 'a run that finds a reservation that is not where its units are',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await harness.world.time.wait(DAY);
      requireDrift(harness, 'Book', isOfType('reservation'), (item) => ({
        ...item,
        status: { S: 'HELD' },
        version: addUnits(item.version, 1),
      }));
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['COMPLETED']],
    // Two findings of one cause: the attempted repair of the first prevents the run from repairing
    // the second.
    check: async (harness) => {
      await reconcile(harness, 'second');
      await expectNoFindings(harness, 'third');
      await expectStock('tea', { onHand: 10, available: 8, committed: 2 })(harness);
    },
  },
  {
    name: 'a run that finds the record of a reservation gone, and restores it',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await harness.world.time.wait(DAY);
      requireDrift(harness, 'Book', isOfType('reservation'), () => undefined);
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['COMPLETED']],
    check: async (harness) => {
      await reconcile(harness, 'second');
      await expectNoFindings(harness, 'third');
      await expectStock('tea', { onHand: 10, available: 8, committed: 2 })(harness);
    },
  },
  {
    name: 'a run that leaves a checkpoint in a cell with many changes',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 10);
      for (let change = 0; change < ADJUSTMENTS; change += 1) {
        const body = { delta: change % 2 === 0 ? 1 : -1, reason: 'other' };
        await harness.requestOk('POST /stock/tea/adjustments', {
          by: STAFF,
          key: `change-${change}`,
          body,
        });
      }
      await harness.world.time.wait(DAY);
    },
    act: async (harness) => {
      const { reconciliationId } = await harness.requestOk<{ reconciliationId: string }>(
        'POST /reconciliations',
        {
          by: STAFF,
          key: 'first',
          body: {},
        },
      );
      await harness.world.settle();
      await harness.requestOk(`GET /reconciliations/${reconciliationId}`, { by: STAFF });
    },
    check: (harness) => expectNoFindings(harness),
  },
  {
    name: 'a run that finds a cancelled order with stock and money, and gives both back',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await harness.world.time.wait(DAY);
      requireDrift(harness, 'Orders', isOfType('order'), (item) => ({
        ...item,
        status: { S: 'CANCELLED' },
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: async (harness) => {
      await expectNoFindings(harness);
      await expectStock('tea', { onHand: 10, available: 10, committed: 0 })(harness);
    },
  },
  {
    name: 'a run that finds a saga that was never started, and starts it',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 10);
      await stockSku(harness, 'cup', 10);
      await placeOrder(harness);
      const saga: Value = {
        M: { machine: { S: 'process' }, name: { S: `${harness.savedValues.orderId}-1` } },
      };
      const payment: Value = {
        M: { status: { S: 'PENDING' }, attempt: { N: '1' }, paymentMethod: { S: 'pm_ok' } },
      };
      requireDrift(harness, 'Orders', isOfType('order'), (item) => ({
        ...item,
        status: { S: 'PAYING' },
        saga,
        payment,
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
    check: (harness) => expectNoFindings(harness),
  },
  {
    name: 'a run that finds an order whose capture was not told to it, and completes it',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await harness.world.time.wait(DAY);
      requireDrift(harness, 'Orders', isOfType('order'), (item) => ({
        ...item,
        status: { S: 'CONFIRMED' },
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['COMPLETED']],
    check: async (harness) => {
      await expectNoFindings(harness);
      await expectStock('tea', { onHand: 10, available: 8, committed: 2 })(harness);
    },
  },
  {
    name: 'a count inside the tolerance',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      await submitCount(harness, 9);
    },
    check: expectStock('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'two people who count one shelf: the older count comes later, and moves nothing',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      const { time } = harness.world;
      const first = new Date(time.now).toISOString();
      await time.wait(MINUTE);
      const second = new Date(time.now).toISOString();
      await time.wait(MINUTE);
      await submitDatedCount(harness, { counted: 9, countedAt: second, key: 'newer' }, 'POSTED');
      await submitDatedCount(harness, { counted: 8, countedAt: first, key: 'older' }, 'SUPERSEDED');
    },
    check: expectStock('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'a loss that is counted, and adjusted by hand before the count comes in: it is taken once',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      const { time } = harness.world;
      const before = new Date(time.now).toISOString();
      await time.wait(MINUTE);
      await harness.requestOk('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'loss',
        body: { delta: -1, reason: 'shrinkage' },
      });
      await submitDatedCount(
        harness,
        { counted: 9, countedAt: before, key: 'late' },
        'PENDING_APPROVAL',
      );
    },
    check: expectStock('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'a count beyond the tolerance, approved though an order loses its units',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const { findingId } = await submitCount(harness, 1);
      const { revision } = await readFinding(harness, findingId);
      await harness.requestOk(`POST /findings/${findingId}/approval`, {
        by: STAFF,
        key: 'approve',
        body: { revision, orderDecision: 'cancel' },
      });
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 1, available: 1, committed: 0 }),
  },
  {
    name: 'a count approved by a person who asks once; a run sends what was not confirmed',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const { findingId = '' } = await submitCount(harness, 1);
      harness.savedValues.findingId = findingId;
      const { revision } = await readFinding(harness, findingId);
      await harness.world.request(`POST /findings/${findingId}/approval`, {
        by: STAFF,
        key: 'approve',
        body: { revision, orderDecision: 'keep' },
      });
      const run = await reconcile(harness, 'first');
      if (run.status !== 'COMPLETED') harness.addViolation(`the run is ${run.status}`);
    },
    allowedOrderStatuses: [['COMPLETED']],
    check: async (harness) => {
      const { findingId } = harness.savedValues;
      const { status, revision } = await readFinding(harness, findingId);
      // The approval may have died before it was written.
      if (status === 'OPEN')
        await harness.requestOk(`POST /findings/${findingId}/approval`, {
          by: MANAGER,
          key: 'again',
          body: { revision, orderDecision: 'keep' },
        });
      const after = await readFinding(harness, findingId);
      if (after.status !== 'REPAIRED')
        harness.addViolation(`the finding is ${after.status}: ${after.lastError}`);
      await expectStock('tea', { onHand: 2, available: 0, committed: 2 })(harness);
      const run = await reconcile(harness, 'second');
      if (run.status !== 'COMPLETED') harness.addViolation(`the second run is ${run.status}`);
    },
  },
  {
    name: 'a count approved as it was seen a while ago, when another person has counted since',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 10);
      const { findingId = '' } = await submitCount(harness, 5);
      harness.savedValues.findingId = findingId;
      harness.savedValues.revision = String((await readFinding(harness, findingId)).revision);
    },
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/counts', {
        by: MANAGER,
        key: 'other',
        body: { counted: 0 },
      });
      const late = await harness.request(
        `POST /findings/${harness.savedValues.findingId}/approval`,
        {
          by: STAFF,
          key: 'approve',
          body: { revision: Number(harness.savedValues.revision) },
        },
      );
      if (late.status !== 409 || late.body.code !== 'FINDING_CHANGED')
        harness.addViolation(
          `the late approval was answered ${late.status} ${JSON.stringify(late.body)}`,
        );
      await harness.world.settle();
    },
    check: async (harness) => {
      await expectStock('tea', { onHand: 10, available: 10 })(harness);
      const { revision } = await readFinding(harness, harness.savedValues.findingId);
      await harness.requestOk(`POST /findings/${harness.savedValues.findingId}/approval`, {
        by: MANAGER,
        key: 'seen',
        body: { revision },
      });
      await expectStock('tea', { onHand: 0, available: 0 })(harness);
    },
  },
  {
    name: 'a count beyond the tolerance, dismissed; and what people read of findings',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      const { findingId } = await submitCount(harness, 2);
      await harness.requestOk('GET /findings?status=open', { by: STAFF });
      const { revision } = await readFinding(harness, findingId);
      await harness.requestOk(`POST /findings/${findingId}/dismissal`, {
        by: STAFF,
        key: 'dismiss',
        body: { revision, note: 'recounted' },
      });
      await harness.requestOk('GET /reconciliations', { by: STAFF });
    },
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'the schedules: a nightly run, and the watch over runs',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      await invokeScheduled(harness, 'reconciliation/start-scheduled-reconciliation', {
        scheduledTime: new Date().toISOString(),
      });
      await harness.world.settle();
      await invokeScheduled(harness, 'reconciliation/watch-runs', {});
    },
    allowedOrderStatuses: [['COMPLETED']],
    check: (harness) => expectNoFindings(harness),
  },
  {
    name: 'an order that waits for a person, resumed by a run',
    prepare: async (harness) => {
      await stockSku(harness, 'tea', 10);
      await stockSku(harness, 'cup', 10);
      await placeOrder(harness);
      await payOrder(harness, 'pm_ok');
      await harness.world.settle();
      await harness.world.time.wait(DAY);
      requireDrift(harness, 'Orders', isOfType('order'), (item) => ({
        ...item,
        status: { S: 'NEEDS_ATTENTION' },
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await harness.requestOk(`GET ${orderPath(harness)}`, { by: { user: 'alice' } });
      await harness.world.settle();
    },
    act: async (harness) => {
      await reconcile(harness, 'first');
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: async (harness) => {
      await expectNoFindings(harness);
      await expectStock('tea', { onHand: 10, available: 10 })(harness);
    },
  },
];

const ATTEMPTS_MAX = 10;

/** Invokes a function as EventBridge Scheduler does: again until it succeeds. */
async function invokeScheduled(harness: Harness, handler: string, input: object): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const { ok } = await harness.world.invokeHandler(handler, input);
    if (ok) return;
    await harness.world.time.wait(MINUTE);
  }
  throw new Error(`${handler} failed ${ATTEMPTS_MAX} times`);
}
