import {
  checkpointItem,
  movementsItem,
  operationItem,
  reservationItem,
  skuItem,
} from '../../lambdas/inventory/adapters/book-items.ts';
import { BOOK_RECORDS } from '../../lambdas/inventory/adapters/book-records.ts';
import {
  customerHoldsKey,
  orderItem,
  placementItem,
  productItem,
} from '../../lambdas/orders/adapters/order-items.ts';
import { ORDER_RECORDS } from '../../lambdas/orders/adapters/order-records.ts';
import { paymentItem } from '../../lambdas/payments/adapters/payment-items.ts';
import { PAYMENT_RECORDS } from '../../lambdas/payments/adapters/payment-records.ts';
import { PROVIDER_RECORDS } from '../../lambdas/payments/adapters/provider-records.ts';
import { createPayment } from '../../lambdas/payments/domain/payment.ts';
import {
  capUsageKey,
  claimKey,
  countItem,
  findingItem,
  runFindingKey,
  runItem,
  segmentItem,
  suspectKey,
} from '../../lambdas/reconciliation/adapters/reconciliation-items.ts';
import { RECONCILIATION_RECORDS } from '../../lambdas/reconciliation/adapters/reconciliation-records.ts';
import { mergeDetection } from '../../lambdas/reconciliation/domain/finding.ts';
import { createRun, createSegment } from '../../lambdas/reconciliation/domain/run.ts';
import { toIso } from '../../lambdas/shared/core/instant.ts';
import type { Item } from '../../lambdas/shared/dynamodb/item.ts';
import type { RecordKind } from '../../lambdas/shared/dynamodb/read-record.ts';
import {
  aCellChange,
  aChange,
  aMovement,
  anOperationRecord,
  aReservation,
  aStockItem,
  NOON,
} from './inventory.ts';
import { anOrder, aPayment } from './orders.ts';

/** Record kinds of all tables. */
export const RECORD_KINDS: readonly RecordKind<unknown>[] = [
  ...BOOK_RECORDS,
  ...ORDER_RECORDS,
  ...PAYMENT_RECORDS,
  ...PROVIDER_RECORDS,
  ...RECONCILIATION_RECORDS,
];

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
const movement = aMovement({ reservationId: 'res-1', orderId: 'res-1', findingId: 'fnd-1' });

/** Stored records, one of each kind, with all attributes that the kind may have. */
export const SAMPLE_RECORDS: Readonly<Record<string, Item>> = {
  'inventory balance': {
    pk: 'CELL#tea#main#0',
    sk: 'BALANCE',
    type: 'balance',
    ...cell,
    available: 5,
    held: { '1767268800': 2 },
    committed: 1,
    expiredThrough: 1_767_268_000,
    conflicts: 2,
    lastCount: {
      countId: 'cnt-1',
      countedAt: NOON,
      counted: 5,
      expected: 6,
      postedAt: NOON,
      by: 'staff',
    },
    version: 7,
    updatedAt: at,
  },
  'inventory movements': movementsItem(
    aCellChange({ movements: [movement, aMovement()] }),
    aChange(),
  ),
  'inventory checkpoint': {
    ...checkpointItem(cell, {
      through: `MOVE#${at}#op-1`,
      throughAt: NOON,
      accounts: { available: 5, held: { '1767268800': 2 }, committed: 1 },
      positions: [`res-1 - ${NOON} 1 1767268800:2`, `res-2 ord-2 ${NOON} 1`],
    }),
  },
  'inventory reservation': reservationItem(
    aReservation({
      extensions: [{ operationId: 'ext-1', fingerprint: 'print', heldUntil: 1_767_268_800 }],
      commitFailure: {
        code: 'RESERVATION_EXPIRED',
        shortages: [{ sku: 'tea', requested: 2, available: 1 }],
      },
      repairs: [
        {
          findingId: 'fnd-1',
          version: 1,
          action: 'followMovements',
          at: NOON,
          statusBefore: 'HELD',
        },
      ],
    }),
    aChange(),
  ),
  'inventory operation': operationItem(
    anOperationRecord({ result: { version: 2 }, entry: { cell, movement } }),
  ),
  'inventory stockItem': skuItem(
    aStockItem({
      name: 'Tea',
      lowStockThreshold: 3,
      countTolerance: { units: 1, percent: 2 },
      shardProposal: {
        at,
        shardCount: 1,
        proposedShardCount: 4,
        changes: 20,
        conflicts: 15,
        isApplied: false,
      },
    }),
  ),
  'orders order': orderItem(
    anOrder({
      payment: aPayment({ lastError: 'card_declined' }),
      requests: {
        'op-1': {
          resumptionVersion: 3,
          fingerprint: 'print',
          responseStatus: 'PAYING',
          saga: { machine: 'process', name: 'ord-1-1' },
        },
      },
      saga: { machine: 'process', name: 'ord-1-1' },
      taskToken: 'token',
      stockOutcome: { status: 'failed', code: 'RESERVATION_EXPIRED' },
      isReleased: true,
    }),
  ),
  'orders product': productItem({
    sku: 'tea',
    name: 'Tea',
    unitPrice: { amount: 850, currency: 'EUR' },
  }),
  'orders customerHolds': {
    ...customerHoldsKey('alice'),
    type: 'customerHolds',
    'order ord-1': { units: 2, until: { 'claim-1': NOON } },
    openHolds: 1,
    openUnits: 2,
    version: 3,
    ttl: 1_767_268_800,
  },
  'orders placement': placementItem(
    { operationId: 'op-1', orderId: 'ord-1', fingerprint: 'print' },
    NOON,
  ),
  'payments payment': {
    ...paymentItem({
      ...createPayment(
        { orderId: 'ord-1', attempt: 1, amount: 850, currency: 'EUR', correlationId: 'corr-1' },
        NOON,
      ),
      failureCode: 'card_declined',
      refunds: [
        {
          refundId: 'r1',
          amount: 850,
          status: 'FAILED',
          failureCode: 'expired',
          origin: 'DASHBOARD',
        },
      ],
      nextAction: { type: 'redirect', url: 'https://bank.invalid/', clientSecret: 'secret' },
      repairs: [{ findingId: 'fnd-1', at, action: 'capture' }],
    }),
  },
  'provider AUTHORIZATION#': {
    pk: 'AUTHORIZATION#ord-1-1',
    sk: 'AUTHORIZATION',
    status: 'declined',
    amount: 850,
    paymentMethod: 'pm_declined',
    code: 'card_declined',
    nextStatus: { at: NOON, status: 'declined' },
    refundFailures: 0,
    refunds: [
      {
        refundId: 'r1',
        amount: 850,
        status: 'DONE',
        failureCode: 'expired_card',
        origin: 'DASHBOARD',
        nextStatus: { at: NOON, status: 'FAILED' },
      },
    ],
    refundedAt: NOON,
  },
  'provider STRIPE#': {
    pk: 'STRIPE#ord-1-1',
    sk: 'ATTEMPT',
    intentId: 'pi_1',
    isVoided: false,
    createErrors: 1,
    confirmErrors: 1,
    captureErrors: 1,
    cancelErrors: 1,
    refundErrors: 2,
  },
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

export const kindNameOf = ({ table, name }: RecordKind<unknown>): string => `${table} ${name}`;

export function findRecordKind(name: string): RecordKind<unknown> {
  const kind = RECORD_KINDS.find((one) => kindNameOf(one) === name);
  if (kind === undefined) throw new Error(`the record kind ${name} does not exist`);
  return kind;
}
