import { type Flow, type Harness, STAFF } from './harness.ts';
import { reconcile } from './reconciliation-steps.ts';
import { expectStock, MINUTE, placeAndPayOrder, stockSku } from './steps.ts';

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

/** Flows in which people count shelves and decide on the differences. */
export const countFlows: readonly Flow[] = [
  {
    name: 'a count within the tolerance is posted',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      await submitCount(harness, 9);
    },
    check: expectStock('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'an older count that arrives after a newer one changes nothing',
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
    name: 'a loss that is both counted and adjusted by hand is subtracted once',
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
    name: 'an approved count beyond the tolerance cancels an order without units',
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
    name: 'a run sends an approved count that was not confirmed',
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
      // The function may have crashed before it wrote the approval.
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
    name: 'an approval of an outdated count is rejected',
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
          `the late approval returned ${late.status} ${JSON.stringify(late.body)}`,
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
    name: 'staff read findings and dismiss a count beyond the tolerance',
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
];
