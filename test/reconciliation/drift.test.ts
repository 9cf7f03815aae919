import { describe, expect, inject, test } from 'vitest';
import {
  addToBalance,
  ageOrder,
  agePayment,
  authorizationKey,
  balanceKey,
  deleteItem,
  deleteMovement,
  editItem,
  type Finding,
  listFindings,
  orderKey,
  paymentKey,
  putIntoQueue,
  putItem,
  readItem,
  reservationKey,
  runReconciliation,
  setOrderStatus,
} from '../support/drift.ts';
import {
  call,
  completeOrder,
  createStockedSku,
  expectStatus,
  getStock,
  placeOrder,
  staff,
  waitUntil,
} from '../support/e2e/e2e.ts';

type ExpectedFinding = {
  /** Subject, kind and explanation of the expected finding. */
  readonly subject: string;
  readonly kind: string;
  readonly explanation: RegExp;
  /** Status after the run that found it. */
  readonly status: 'repaired' | 'open';
  readonly action?: string;
};
type Drift = { readonly name: string; readonly inject: () => Promise<readonly ExpectedFinding[]> };

const cellSubjectOf = (sku: string) => `cell:${sku}/main/0`;
const createOldOrder = async (sku: string, quantity: number) => {
  const { orderId } = await completeOrder(sku, quantity);
  await ageOrder(orderId);
  await agePayment(orderId);
  return orderId;
};

/** Cases that write one kind of drift to the tables, each of its own SKU or order. */
const DRIFTS: readonly Drift[] = [
  {
    name: 'a balance above its movements',
    inject: async () => {
      const sku = await createStockedSku('more', 9);
      await addToBalance(sku, 'available', 3);
      const explanation = /available is 12 and should be 9/;
      return [
        {
          subject: cellSubjectOf(sku),
          kind: 'BALANCE_DIFFERS',
          explanation,
          status: 'repaired',
          action: 'rebuildBalance',
        },
      ];
    },
  },
  {
    name: 'a negative balance below its movements',
    inject: async () => {
      const sku = await createStockedSku('less', 5);
      await addToBalance(sku, 'available', -7);
      const explanation = /available is -2 and should be 5/;
      return [
        { subject: cellSubjectOf(sku), kind: 'BALANCE_DIFFERS', explanation, status: 'repaired' },
      ];
    },
  },
  {
    name: 'a balance whose drift is above the cap of automatic repair',
    inject: async () => {
      const sku = await createStockedSku('cap', 100);
      await addToBalance(sku, 'available', -50);
      const explanation = /available is 50 and should be 100/;
      return [
        {
          subject: cellSubjectOf(sku),
          kind: 'BALANCE_DIFFERS',
          explanation,
          status: 'open',
          action: 'rebuildBalance',
        },
      ];
    },
  },
  {
    name: 'committed units that a count removed',
    inject: async () => {
      const sku = await createStockedSku('uncommit', 5);
      await createOldOrder(sku, 2);
      await addToBalance(sku, 'committed', -1);
      const explanation = /committed is 1 and should be 2/;
      return [
        { subject: cellSubjectOf(sku), kind: 'BALANCE_DIFFERS', explanation, status: 'repaired' },
      ];
    },
  },
  {
    name: 'movements that took more units than available',
    inject: async () => {
      const sku = await createStockedSku('negative', 1);
      const lost = await deleteMovement(sku, 'RECEIVED');
      const taken = {
        kind: 'ADJUSTED',
        from: { account: 'available' },
        to: { account: 'outside' },
        quantity: 4,
      };
      const [received] = lost.movements as Record<string, unknown>[];
      await putItem('inventory', {
        ...lost,
        movements: [received, { ...received, ...taken, movementId: 'by-hand' }],
      });
      await addToBalance(sku, 'available', -4);
      const explanation = /is below 0, and so is the sum of its movements/;
      return [
        { subject: cellSubjectOf(sku), kind: 'BALANCE_NEGATIVE', explanation, status: 'open' },
      ];
    },
  },
  {
    name: 'a receipt whose movement is lost',
    inject: async () => {
      const sku = await createStockedSku('receipt', 6);
      await deleteMovement(sku, 'RECEIVED');
      const explanation = /Movements of .* are missing: RECEIVED of 6 from outside to available/;
      return [
        {
          subject: cellSubjectOf(sku),
          kind: 'MOVEMENT_MISSING',
          explanation,
          status: 'repaired',
          action: 'restoreMovements',
        },
      ];
    },
  },
  {
    name: 'a hold whose movement is lost',
    inject: async () => {
      const sku = await createStockedSku('hold', 6);
      await placeOrder(sku, 2);
      await deleteMovement(sku, 'RESERVED');
      const explanation = /RESERVED of 2 from available to held/;
      return [
        { subject: cellSubjectOf(sku), kind: 'MOVEMENT_MISSING', explanation, status: 'repaired' },
      ];
    },
  },
  {
    name: 'a commit whose movement is lost',
    inject: async () => {
      const sku = await createStockedSku('commit', 6);
      await createOldOrder(sku, 2);
      await deleteMovement(sku, 'COMMITTED');
      const explanation = /COMMITTED of 2 from held to committed/;
      return [
        { subject: cellSubjectOf(sku), kind: 'MOVEMENT_MISSING', explanation, status: 'repaired' },
      ];
    },
  },
  {
    name: 'a receipt whose operation record is lost',
    inject: async () => {
      const sku = await createStockedSku('mark', 6);
      const { sk, ...lost } = await deleteMovement(sku, 'RECEIVED');
      await putItem('inventory', { ...lost, sk });
      const operationId = String(sk).split('#').slice(2).join('#');
      await deleteItem('inventory', { pk: `OPERATION#${operationId}`, sk: 'OPERATION' });
      const explanation = /has no record/;
      return [
        {
          subject: `operation:${operationId}`,
          kind: 'RECORD_MISSING',
          explanation,
          status: 'open',
        },
      ];
    },
  },
  {
    name: 'a bucket below the watermark',
    inject: async () => {
      const sku = await createStockedSku('watermark', 6);
      await placeOrder(sku, 2);
      const { held } = await readItem('inventory', balanceKey(sku));
      const slot = Math.max(...Object.keys(held as object).map(Number));
      await editItem('inventory', balanceKey(sku), { expiredThrough: slot + 60 });
      const explanation =
        /its movements leave it with nothing|holds units in buckets that expired by/;
      return [
        {
          subject: cellSubjectOf(sku),
          kind: 'EXPIRED_BUCKET_NOT_EMPTY',
          explanation,
          status: 'open',
        },
      ];
    },
  },
  {
    name: 'a committed reservation without a record',
    inject: async () => {
      const sku = await createStockedSku('gone', 6);
      const orderId = await createOldOrder(sku, 2);
      await deleteItem('inventory', reservationKey(orderId));
      return [
        {
          subject: `reservation:${orderId}`,
          kind: 'RECORD_MISSING',
          explanation: /has no record/,
          status: 'repaired',
          action: 'restoreReservation',
        },
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_WITHOUT_RESERVATION',
          explanation: /inventory has no reservation for it/,
          status: 'open',
          action: 'cancelOrder',
        },
      ];
    },
  },
  {
    name: 'a reservation stuck in HELD, whose units were committed',
    inject: async () => {
      const sku = await createStockedSku('stuck', 6);
      const orderId = await createOldOrder(sku, 2);
      await editItem('inventory', reservationKey(orderId), { status: 'HELD' });
      return [
        {
          subject: `reservation:${orderId}`,
          kind: 'RESERVATION_DIFFERS',
          explanation: /is HELD, so it should have .* its movements leave it with 2 committed/,
          status: 'repaired',
          action: 'followMovements',
        },
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_STOCK_NOT_COMMITTED',
          explanation: /its reservation is HELD/,
          status: 'open',
        },
      ];
    },
  },
  {
    name: 'a missing commit',
    inject: async () => {
      const sku = await createStockedSku('never', 6);
      const { orderId } = await placeOrder(sku, 2);
      const total = { amount: 1000, currency: 'EUR' };
      await setOrderStatus(orderId, 'COMPLETED', {
        payment: { status: 'CAPTURED', attempt: 1, paymentMethod: 'pm_ok' },
      });
      const paid = {
        ...paymentKey(orderId),
        type: 'payment',
        orderId,
        attempt: 1,
        status: 'CAPTURED',
        ...total,
        capturedAmount: 1000,
        refundedAmount: 0,
        paymentMethod: 'pm_ok',
        version: 3,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
        correlationId: 'by-hand',
      };
      await putItem('payments', paid);
      const explanation = /is COMPLETED, but its reservation is HELD/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_STOCK_NOT_COMMITTED',
          explanation,
          status: 'repaired',
          action: 'commitStock',
        },
      ];
    },
  },
  {
    name: 'an order whose lines are not those of its reservation',
    inject: async () => {
      const sku = await createStockedSku('lines', 6);
      const orderId = await createOldOrder(sku, 2);
      await editItem('orders', orderKey(orderId), ({ lines }) => ({
        lines: (lines as object[]).map((line) => ({ ...line, quantity: 5 })),
      }));
      const explanation = /have different lines/;
      return [
        { subject: `order:${orderId}`, kind: 'ORDER_LINES_DIFFER', explanation, status: 'open' },
      ];
    },
  },
  {
    name: 'a cancelled order that holds stock and keeps money',
    inject: async () => {
      const sku = await createStockedSku('cancelled', 6);
      const orderId = await createOldOrder(sku, 2);
      await setOrderStatus(orderId, 'CANCELLED');
      return [
        {
          subject: `order:${orderId}`,
          kind: 'CANCELLED_ORDER_HOLDS_STOCK',
          explanation: /is cancelled, but its reservation is still COMMITTED/,
          status: 'repaired',
          action: 'releaseStock',
        },
        {
          subject: `payment:${orderId}-1`,
          kind: 'CANCELLED_ORDER_KEEPS_MONEY',
          explanation: /is cancelled, but its payment is CAPTURED: 1000 EUR/,
          status: 'repaired',
          action: 'reversePayment',
        },
      ];
    },
  },
  {
    name: 'a reservation and a payment without their order',
    inject: async () => {
      const sku = await createStockedSku('orderless', 6);
      const orderId = await createOldOrder(sku, 2);
      await deleteItem('orders', orderKey(orderId));
      return [
        {
          subject: `reservation:${orderId}`,
          kind: 'RESERVATION_WITHOUT_ORDER',
          explanation: /has 2 units committed, but there is no such order/,
          status: 'open',
          action: 'releaseStock',
        },
        {
          subject: `payment:${orderId}-1`,
          kind: 'PAYMENT_WITHOUT_ORDER',
          explanation: /is CAPTURED, but there is no order/,
          status: 'open',
          action: 'reversePayment',
        },
      ];
    },
  },
  {
    name: 'a completed order without a capture',
    inject: async () => {
      const sku = await createStockedSku('uncaptured', 6);
      const orderId = await createOldOrder(sku, 2);
      await agePayment(orderId, { status: 'AUTHORIZED', capturedAmount: 0 });
      await editItem('provider', authorizationKey(orderId), { status: 'authorized' });
      const explanation = /its payment is AUTHORIZED: no money was captured for it/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'CAPTURE_MISSING',
          explanation,
          status: 'repaired',
          action: 'capturePayment',
        },
      ];
    },
  },
  {
    name: 'a capture of another amount',
    inject: async () => {
      const sku = await createStockedSku('amount', 6);
      const orderId = await createOldOrder(sku, 2);
      await agePayment(orderId, { capturedAmount: 700 });
      const explanation = /with a total of 1000 EUR, but 700 EUR were captured/;
      return [
        { subject: `order:${orderId}`, kind: 'CAPTURE_DIFFERS', explanation, status: 'open' },
      ];
    },
  },
  {
    name: 'a refund of more than was captured',
    inject: async () => {
      const sku = await createStockedSku('refund', 6);
      const orderId = await createOldOrder(sku, 2);
      await setOrderStatus(orderId, 'CANCELLED');
      await editItem('inventory', reservationKey(orderId), { status: 'COMMITTED' });
      await agePayment(orderId, { status: 'REFUNDED', refundedAmount: 1200 });
      return [
        {
          subject: `payment:${orderId}-1`,
          kind: 'REFUND_EXCEEDS_CAPTURE',
          explanation: /\(1200 EUR\) than was captured \(1000\)/,
          status: 'open',
        },
        {
          subject: `order:${orderId}`,
          kind: 'CANCELLED_ORDER_HOLDS_STOCK',
          explanation: /COMMITTED/,
          status: 'repaired',
        },
      ];
    },
  },
  {
    name: 'a refund that failed after it completed',
    inject: async () => {
      const sku = await createStockedSku('refundfailed', 6);
      const orderId = await createOldOrder(sku, 2);
      const refund = {
        refundId: 'r1',
        amount: 1000,
        status: 'FAILED',
        failureCode: 'expired_card',
      };
      await setOrderStatus(orderId, 'CANCELLED');
      await editItem('provider', authorizationKey(orderId), { refunds: [refund] });
      await agePayment(orderId, { refunds: [refund] });
      return [
        {
          subject: `payment:${orderId}-1`,
          kind: 'REFUND_FAILED',
          explanation: /the refund r1 of its payment failed \(expired_card\).*owed 1000 EUR/,
          status: 'repaired',
          action: 'reversePayment',
        },
        {
          subject: `order:${orderId}`,
          kind: 'CANCELLED_ORDER_HOLDS_STOCK',
          explanation: /COMMITTED/,
          status: 'repaired',
        },
      ];
    },
  },
  {
    name: 'a refund in the dashboard whose message was lost',
    inject: async () => {
      const sku = await createStockedSku('dashboard', 6);
      const orderId = await createOldOrder(sku, 2);
      const refund = { refundId: 're_1', amount: 300, status: 'DONE', origin: 'DASHBOARD' };
      await editItem('provider', authorizationKey(orderId), {
        refunds: [refund],
        refundedAt: Date.now(),
      });
      return [
        {
          subject: `payment:${orderId}-1`,
          kind: 'REFUND_UNRECORDED',
          explanation: /300 EUR of 1000 captured .* were refunded at the provider/,
          status: 'open',
        },
      ];
    },
  },
  {
    name: 'a saga that was never started',
    inject: async () => {
      const sku = await createStockedSku('unstarted', 6);
      const { orderId } = await placeOrder(sku, 2);
      await setOrderStatus(orderId, 'PAYING', {
        payment: { status: 'PENDING', attempt: 1, paymentMethod: 'pm_ok' },
        saga: { machine: 'process', name: `${orderId}-1` },
      });
      const explanation = /has been PAYING since .*: its saga was never started/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'SAGA_STUCK',
          explanation,
          status: 'repaired',
          action: 'resumeOrder',
        },
      ];
    },
  },
  {
    name: 'an order that needed attention for too long',
    inject: async () => {
      const sku = await createStockedSku('parked', 6);
      const orderId = await createOldOrder(sku, 2);
      await setOrderStatus(orderId, 'NEEDS_ATTENTION');
      const explanation = /has needed attention since/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_NEEDS_ATTENTION',
          explanation,
          status: 'repaired',
          action: 'resumeOrder',
        },
      ];
    },
  },
  {
    name: 'a fulfilled order that was not shipped',
    inject: async () => {
      const sku = await createStockedSku('unshipped', 6);
      const orderId = await createOldOrder(sku, 2);
      await call(`POST /orders/${orderId}/fulfilment`, { token: staff(), body: {} });
      await waitUntil(
        () => getStock(sku),
        ({ onHand }) => onHand === 4,
      );
      await ageOrder(orderId);
      await deleteMovement(sku, 'SHIPPED');
      await addToBalance(sku, 'committed', 2);
      await editItem('inventory', reservationKey(orderId), { status: 'COMMITTED' });
      const explanation = /was fulfilled, but inventory still counts its units as committed/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_NOT_SHIPPED',
          explanation,
          status: 'repaired',
          action: 'shipStock',
        },
      ];
    },
  },
  {
    name: 'a message that could not be processed',
    inject: async () => {
      await putIntoQueue('inventory-OrderFulfilledFailed', '{"poison":true}');
      const explanation = /Events: 1 could not be handled and are in .*OrderFulfilled/;
      return [
        {
          subject: 'queue:inventory-OrderFulfilled-Failed',
          kind: 'DEAD_LETTERS',
          explanation,
          status: 'open',
        },
      ];
    },
  },
];

const matchesExpected =
  ({ subject, kind }: ExpectedFinding) =>
  (finding: Finding): boolean =>
    finding.kind === kind && finding.subject.includes(subject);

// Sequential, because each run finds the drift of all tests.
describe.skipIf(inject('localEndpoints') === undefined)(
  'drift written directly into the tables',
  () => {
    test('is found, explained and repaired by one run; a second run finds nothing else', async () => {
      const expected = (await Promise.all(DRIFTS.map((drift) => drift.inject()))).flat();

      const first = await runReconciliation();

      const [open, repaired] = [await listFindings('open'), await listFindings('repaired')];
      const found = expected.map((one) => {
        const finding = [...open, ...repaired].find(matchesExpected(one));
        return {
          kind: one.kind,
          subject: one.subject,
          status: finding?.status.toLowerCase(),
          ...(one.action === undefined ? {} : { action: finding?.proposedRepair?.action }),
          explanation: one.explanation.test(finding?.explanation ?? '')
            ? one.explanation
            : finding?.explanation,
        };
      });
      expect(found).toEqual(
        expected.map(({ kind, subject, status, action, explanation }) => ({
          kind,
          subject,
          status,
          ...(action === undefined ? {} : { action }),
          explanation,
        })),
      );
      expect(new Set(expected.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(15);
      expect(first).toMatchObject({
        status: 'COMPLETED',
        findings: expected.length,
        unsettledCells: 0,
      });
      expect(first.repaired).toBe(expected.filter(({ status }) => status === 'repaired').length);

      const second = await runReconciliation();

      // Repaired drift is not found again. The orders of the stuck and of the lost reservation are
      // consistent now, so their findings closed.
      const isClosed = ({ kind, subject }: { kind: string; subject: string }) =>
        (kind === 'ORDER_STOCK_NOT_COMMITTED' || kind === 'ORDER_WITHOUT_RESERVATION') &&
        open.some((one) => one.kind === kind && one.subject === subject);
      const standing = open.filter((finding) => !isClosed(finding));
      const seenAgain = await listFindings('open');
      expect(seenAgain.map(identityOf).sort()).toEqual(standing.map(identityOf).sort());
      expect(second).toMatchObject({ findings: standing.length, repaired: 0 });
      expect((await listFindings('closed')).map(({ kind }) => kind)).toContain(
        'ORDER_STOCK_NOT_COMMITTED',
      );

      const proposed = seenAgain.filter(({ proposedRepair }) => proposedRepair !== undefined);
      for (const { findingId, revision } of proposed) {
        const approval = await call(`POST /findings/${findingId}/approval`, {
          token: staff(),
          body: { revision, note: 'checked' },
        });
        expectStatus(200, approval);
      }
      for (const finding of seenAgain.filter((one) => !proposed.includes(one))) {
        const dismissal = await call(`POST /findings/${finding.findingId}/dismissal`, {
          token: staff(),
          body: { revision: finding.revision },
        });
        expectStatus(200, dismissal);
      }
      await runReconciliation();

      expect(await listFindings('open')).toEqual([]);
      expect(await listFindings('approved')).toEqual([]);
    });
  },
);

const identityOf = ({ findingId, detectedAt, since, explanation }: Finding): string =>
  [findingId, detectedAt, since, explanation].join(' ');
