import {
  capUsageKey,
  claimKey,
  countItem,
  findingItem,
  runFindingKey,
  runItem,
  segmentItem,
  suspectKey,
} from '../../../lambdas/reconciliation/adapters/reconciliation-items.ts';
import { mergeDetection } from '../../../lambdas/reconciliation/domain/finding.ts';
import { createRun, createSegment } from '../../../lambdas/reconciliation/domain/run.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import type { Item } from '../../../lambdas/shared/dynamodb/item.ts';
import { NOON } from '../inventory.ts';

const cell = { sku: 'tea', locationId: 'main', shard: 0 };
const at = toIso(NOON);
const run = createRun(
  {
    reconciliationId: 'rec-1',
    full: false,
    segments: 2,
    by: 'staff',
    fingerprint: 'print',
    correlationId: 'corr-1',
  },
  NOON,
);

/** Stored records of reconciliation, by kind. */
export const RECONCILIATION_SAMPLES: Readonly<Record<string, Item>> = {
  'reconciliation run': runItem({ ...run, finishedAt: at }),
  'reconciliation segment': segmentItem({
    ...createSegment({ reconciliationId: 'rec-1', target: 'orders', segment: 1 }, NOON),
    cursor: 'next',
    failedAttempts: { error: 'no response', count: 1 },
    version: 1,
  }),
  'reconciliation runFinding': {
    ...runFindingKey('rec-1', 'fnd-1'),
    type: 'runFinding',
    findingId: 'fnd-1',
    isRepaired: false,
  },
  'reconciliation suspect': {
    ...suspectKey('rec-1', cell, 'res-1'),
    type: 'suspect',
    cell,
    reservationId: 'res-1',
  },
  'reconciliation claim': {
    ...claimKey('rec-1', 'cell:tea/main/0'),
    type: 'claim',
    findingId: 'fnd-1',
  },
  'reconciliation capUsage': { ...capUsageKey('rec-1', 'tea'), type: 'capUsage', units: 3 },
  'reconciliation finding': findingItem({
    ...mergeDetection(
      undefined,
      {
        kind: 'BALANCE_DIFFERS',
        subject: 'cell:tea/main/0',
        expected: 5,
        actual: 6,
        difference: -1,
        units: 1,
        explanation: 'it differs',
        records: [{ cell }],
        since: at,
        repair: {
          command: {
            action: 'rebuildBalance',
            cell,
            version: 3,
            accounts: { available: 5, held: { '1767268800': 2 }, committed: 1 },
          },
          effect: 'sets it',
          units: [{ sku: 'tea', units: 1 }],
          isSafe: true,
        },
      },
      {
        findingId: 'fnd-1',
        reconciliationId: 'rec-1',
        by: 'reconciler',
        correlationId: 'corr-1',
        now: NOON,
      },
    ),
    approval: {
      revision: 1,
      by: 'staff',
      at,
      isByPolicy: false,
      orderDecision: 'keep',
      command: { action: 'releaseStock', reservationId: 'res-1', version: 2, cell },
    },
    note: 'checked',
    lastError: 'VERSION_CONFLICT',
  }),
  'reconciliation count': countItem({
    countId: 'cnt-1',
    sku: 'tea',
    locationId: 'main',
    counted: 5,
    countedAt: at,
    reference: 'sheet 1',
    fingerprint: 'print',
    by: 'staff',
    status: 'PENDING_APPROVAL',
    expected: 6,
    difference: -1,
    delta: -1,
    lastCountId: 'cnt-0',
    findingId: 'fnd-1',
    version: 1,
    updatedAt: at,
    correlationId: 'corr-1',
  }),
};
