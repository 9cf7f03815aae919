import type { Item, Value } from '../../simulator/dynamodb/values.ts';
import { type Flow, STAFF, type Stage } from './stage.ts';
import { MINUTE, ordered, paid, path, pay, stocked, stockIs } from './steps.ts';

/** More than an audit leaves without a checkpoint. */
const CHANGES = 52;
const DAY = 24 * 60 * MINUTE;
/** Long ago for every grace time; before any story. */
const LONG_AGO: Value = { S: '2026-11-01T00:00:00.000Z' };

const isOf = (type: string) => (item: Item) => item.type?.S === type;
const isKind = (kind: string) => (item: Item) =>
  item.type?.S === 'movements' && item.movements?.L?.[0]?.M?.kind?.S === kind;
const plus = (value: Value | undefined, units: number): Value => ({
  N: String(Number(value?.N) + units),
});

/** A drift that met nothing would prove nothing. */
function drifts(
  stage: Stage,
  table: string,
  wanted: (item: Item) => boolean,
  change: (item: Item) => Item | undefined,
): void {
  if (stage.drift(table, wanted, change) === 0) throw new Error(`no item of ${table} was changed`);
}

async function reconciled(stage: Stage, key: string): Promise<Readonly<Record<string, unknown>>> {
  const { reconciliationId } = await stage.do<{ reconciliationId: string }>(
    'POST /reconciliations',
    {
      by: STAFF,
      key,
      body: { full: true },
    },
  );
  await stage.world.settle();
  return stage.do(`GET /reconciliations/${reconciliationId}`, { by: STAFF });
}

/** After it, a run that meets no trouble finds nothing. */
async function nothingFound(stage: Stage, which = 'second'): Promise<void> {
  const run = await reconciled(stage, which);
  if (run.status !== 'COMPLETED' || run.findings !== 0)
    stage.complain(`the ${which} run says ${JSON.stringify(run)}`);
}

const counted = (stage: Stage, units: number, key = 'count') =>
  stage.do<{ findingId?: string; status: string }>('POST /stock/tea/counts', {
    by: STAFF,
    key,
    body: { counted: units },
  });

const MANAGER = { user: 'manager' };

type Read = { readonly revision: number; readonly status: string; readonly lastError?: string };
const read = (stage: Stage, findingId: string | undefined) =>
  stage.do<Read>(`GET /findings/${findingId}`, { by: STAFF });

async function countedAt(
  stage: Stage,
  { key, ...body }: { readonly counted: number; readonly countedAt: string; readonly key: string },
  wanted: string,
): Promise<void> {
  const { status } = await stage.do<{ status: string }>('POST /stock/tea/counts', {
    by: STAFF,
    key,
    body,
  });
  if (status !== wanted) stage.complain(`the count ${key} is ${status}, not ${wanted}`);
}

export const reconciliationFlows: readonly Flow[] = [
  {
    name: 'a run that finds drift in the book, and mends it',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stocked(stage, 'pot', 5);
      await stocked(stage, 'jar', 5);
      await stage.world.time.wait(DAY);
      const isJar = (item: Item) => item.type?.S === 'balance' && item.sku?.S === 'jar';
      drifts(stage, 'Book', isJar, (item) => ({
        ...item,
        available: plus(item.available, 3),
        version: plus(item.version, 1),
      }));
      const isLost = (item: Item) =>
        (isKind('RECEIVED')(item) && item.sku?.S === 'pot') ||
        (isKind('RESERVED')(item) && item.sku?.S === 'cup');
      drifts(stage, 'Book', isLost, () => undefined);
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['COMPLETED']],
    check: async (stage) => {
      await nothingFound(stage);
      await stockIs('jar', { onHand: 5, available: 5 })(stage);
    },
  },
  {
    name: 'a run that finds a reservation that is not where its units are',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stage.world.time.wait(DAY);
      drifts(stage, 'Book', isOf('reservation'), (item) => ({
        ...item,
        status: { S: 'HELD' },
        version: plus(item.version, 1),
      }));
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['COMPLETED']],
    // Two findings of one cause: what was tried for the one keeps a run from mending by the other.
    check: async (stage) => {
      await reconciled(stage, 'second');
      await nothingFound(stage, 'third');
      await stockIs('tea', { onHand: 10, available: 8, committed: 2 })(stage);
    },
  },
  {
    name: 'a run that finds the record of a reservation gone, and restores it',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stage.world.time.wait(DAY);
      drifts(stage, 'Book', isOf('reservation'), () => undefined);
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['COMPLETED']],
    check: async (stage) => {
      await reconciled(stage, 'second');
      await nothingFound(stage, 'third');
      await stockIs('tea', { onHand: 10, available: 8, committed: 2 })(stage);
    },
  },
  {
    name: 'a run that leaves a checkpoint in a cell with many changes',
    prepare: async (stage) => {
      await stocked(stage, 'tea', 10);
      for (let change = 0; change < CHANGES; change += 1) {
        const body = { delta: change % 2 === 0 ? 1 : -1, reason: 'other' };
        await stage.do('POST /stock/tea/adjustments', { by: STAFF, key: `change-${change}`, body });
      }
      await stage.world.time.wait(DAY);
    },
    act: async (stage) => {
      const { reconciliationId } = await stage.do<{ reconciliationId: string }>(
        'POST /reconciliations',
        {
          by: STAFF,
          key: 'first',
          body: {},
        },
      );
      await stage.world.settle();
      await stage.do(`GET /reconciliations/${reconciliationId}`, { by: STAFF });
    },
    check: (stage) => nothingFound(stage),
  },
  {
    name: 'a run that finds a cancelled order with stock and money, and gives both back',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stage.world.time.wait(DAY);
      drifts(stage, 'Orders', isOf('order'), (item) => ({
        ...item,
        status: { S: 'CANCELLED' },
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['CANCELLED']],
    check: async (stage) => {
      await nothingFound(stage);
      await stockIs('tea', { onHand: 10, available: 10, committed: 0 })(stage);
    },
  },
  {
    name: 'a run that finds a saga that was never started, and starts it',
    prepare: async (stage) => {
      await stocked(stage, 'tea', 10);
      await stocked(stage, 'cup', 10);
      await ordered(stage);
      const saga: Value = {
        M: { machine: { S: 'process' }, name: { S: `${stage.noted.orderId}-1` } },
      };
      const payment: Value = {
        M: { status: { S: 'PENDING' }, attempt: { N: '1' }, paymentMethod: { S: 'pm_ok' } },
      };
      drifts(stage, 'Orders', isOf('order'), (item) => ({
        ...item,
        status: { S: 'PAYING' },
        saga,
        payment,
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['COMPLETED'], ['CANCELLED']],
    check: (stage) => nothingFound(stage),
  },
  {
    name: 'a run that finds an order whose capture was not told to it, and completes it',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stage.world.time.wait(DAY);
      drifts(stage, 'Orders', isOf('order'), (item) => ({
        ...item,
        status: { S: 'CONFIRMED' },
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['COMPLETED']],
    check: async (stage) => {
      await nothingFound(stage);
      await stockIs('tea', { onHand: 10, available: 8, committed: 2 })(stage);
    },
  },
  {
    name: 'a count inside the tolerance',
    prepare: (stage) => stocked(stage, 'tea', 10),
    act: async (stage) => {
      await counted(stage, 9);
    },
    check: stockIs('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'two people who count one shelf: the older count comes later, and moves nothing',
    prepare: (stage) => stocked(stage, 'tea', 10),
    act: async (stage) => {
      const { time } = stage.world;
      const first = new Date(time.now).toISOString();
      await time.wait(MINUTE);
      const second = new Date(time.now).toISOString();
      await time.wait(MINUTE);
      await countedAt(stage, { counted: 9, countedAt: second, key: 'newer' }, 'POSTED');
      await countedAt(stage, { counted: 8, countedAt: first, key: 'older' }, 'SUPERSEDED');
    },
    check: stockIs('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'a loss that is counted, and adjusted by hand before the count comes in: it is taken once',
    prepare: (stage) => stocked(stage, 'tea', 10),
    act: async (stage) => {
      const { time } = stage.world;
      const before = new Date(time.now).toISOString();
      await time.wait(MINUTE);
      await stage.do('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'loss',
        body: { delta: -1, reason: 'shrinkage' },
      });
      await countedAt(stage, { counted: 9, countedAt: before, key: 'late' }, 'PENDING_APPROVAL');
    },
    check: stockIs('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'a count beyond the tolerance, approved though an order loses its units',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      const { findingId } = await counted(stage, 1);
      const { revision } = await read(stage, findingId);
      await stage.do(`POST /findings/${findingId}/approval`, {
        by: STAFF,
        key: 'approve',
        body: { revision, orders: 'cancel' },
      });
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 1, available: 1, committed: 0 }),
  },
  {
    name: 'a count approved by a person who asks once; a run sends what was not confirmed',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      const { findingId = '' } = await counted(stage, 1);
      stage.noted.findingId = findingId;
      const { revision } = await read(stage, findingId);
      await stage.world.request(`POST /findings/${findingId}/approval`, {
        by: STAFF,
        key: 'approve',
        body: { revision, orders: 'keep' },
      });
      const run = await reconciled(stage, 'first');
      if (run.status !== 'COMPLETED') stage.complain(`the run is ${run.status}`);
    },
    ends: [['COMPLETED']],
    check: async (stage) => {
      const { findingId } = stage.noted;
      const { status, revision } = await read(stage, findingId);
      // The approval may have died before it was written down.
      if (status === 'OPEN')
        await stage.do(`POST /findings/${findingId}/approval`, {
          by: MANAGER,
          key: 'again',
          body: { revision, orders: 'keep' },
        });
      const after = await read(stage, findingId);
      if (after.status !== 'REPAIRED')
        stage.complain(`the finding is ${after.status}: ${after.lastError}`);
      await stockIs('tea', { onHand: 2, available: 0, committed: 2 })(stage);
      const run = await reconciled(stage, 'second');
      if (run.status !== 'COMPLETED') stage.complain(`the second run is ${run.status}`);
    },
  },
  {
    name: 'a count approved as it was seen a while ago, when another person has counted since',
    prepare: async (stage) => {
      await stocked(stage, 'tea', 10);
      const { findingId = '' } = await counted(stage, 5);
      stage.noted.findingId = findingId;
      stage.noted.revision = String((await read(stage, findingId)).revision);
    },
    act: async (stage) => {
      await stage.do('POST /stock/tea/counts', { by: MANAGER, key: 'other', body: { counted: 0 } });
      const late = await stage.ask(`POST /findings/${stage.noted.findingId}/approval`, {
        by: STAFF,
        key: 'approve',
        body: { revision: Number(stage.noted.revision) },
      });
      if (late.status !== 409 || late.body.code !== 'FINDING_CHANGED')
        stage.complain(
          `the late approval was answered ${late.status} ${JSON.stringify(late.body)}`,
        );
      await stage.world.settle();
    },
    check: async (stage) => {
      await stockIs('tea', { onHand: 10, available: 10 })(stage);
      const { revision } = await read(stage, stage.noted.findingId);
      await stage.do(`POST /findings/${stage.noted.findingId}/approval`, {
        by: MANAGER,
        key: 'seen',
        body: { revision },
      });
      await stockIs('tea', { onHand: 0, available: 0 })(stage);
    },
  },
  {
    name: 'a count beyond the tolerance, dismissed; and what people read of findings',
    prepare: (stage) => stocked(stage, 'tea', 10),
    act: async (stage) => {
      const { findingId } = await counted(stage, 2);
      await stage.do('GET /findings?status=open', { by: STAFF });
      const { revision } = await read(stage, findingId);
      await stage.do(`POST /findings/${findingId}/dismissal`, {
        by: STAFF,
        key: 'dismiss',
        body: { revision, note: 'recounted' },
      });
      await stage.do('GET /reconciliations', { by: STAFF });
    },
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'the schedules: a nightly run, and the watch over runs',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      await scheduled(stage, 'reconciliation/start-scheduled-reconciliation', {
        scheduledTime: new Date().toISOString(),
      });
      await stage.world.settle();
      await scheduled(stage, 'reconciliation/watch-runs', {});
    },
    ends: [['COMPLETED']],
    check: (stage) => nothingFound(stage),
  },
  {
    name: 'an order that waits for a person, resumed by a run',
    prepare: async (stage) => {
      await stocked(stage, 'tea', 10);
      await stocked(stage, 'cup', 10);
      await ordered(stage);
      await pay(stage, 'pm_ok');
      await stage.world.settle();
      await stage.world.time.wait(DAY);
      drifts(stage, 'Orders', isOf('order'), (item) => ({
        ...item,
        status: { S: 'NEEDS_ATTENTION' },
        timeline: { L: [] },
        createdAt: LONG_AGO,
        updatedAt: LONG_AGO,
      }));
      await stage.do(`GET ${path(stage)}`, { by: { user: 'alice' } });
      await stage.world.settle();
    },
    act: async (stage) => {
      await reconciled(stage, 'first');
    },
    ends: [['CANCELLED']],
    check: async (stage) => {
      await nothingFound(stage);
      await stockIs('tea', { onHand: 10, available: 10 })(stage);
    },
  },
];

const TRIES_MAX = 10;

/** As EventBridge Scheduler does: again, until the function does not fail. */
async function scheduled(stage: Stage, handler: string, input: object): Promise<void> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const { ok } = await stage.world.invokeHandler(handler, input);
    if (ok) return;
    await stage.world.time.wait(MINUTE);
  }
  throw new Error(`${handler} failed ${TRIES_MAX} times`);
}
