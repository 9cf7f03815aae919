import {
  addToBalance,
  balanceKey,
  deleteItem,
  deleteMovement,
  editItem,
  putItem,
  readItem,
  reservationKey,
} from '../../support/drift.ts';
import { createStockedSku, placeOrder } from '../../support/e2e/e2e.ts';
import { createOldOrder, type Drift } from './drift.ts';

const cellSubjectOf = (sku: string) => `cell:${sku}/main/0`;

/** Drift of balances, movements, reservations and records of operations. */
export const STOCK_DRIFTS: readonly Drift[] = [
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
];
