import { deriveId } from '../../../lambdas/shared/core/fingerprint.ts';
import { ALICE, type Flow, STAFF } from './harness.ts';
import { LINES, placeAndPayOrder, shipOrder } from './steps.ts';

/** Flows in which the personal data of a customer is erased. */
export const erasureFlows: readonly Flow[] = [
  {
    name: 'staff erase a customer with a closed and an open order',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await shipOrder(harness);
      await harness.world.settle();
      await harness.requestOk('POST /orders', {
        by: ALICE,
        key: 'another',
        body: { lines: LINES },
      });
    },
    act: async (harness) => {
      await harness.requestOk('POST /customers/alice/erasure', {
        by: STAFF,
        key: 'erase',
        body: {},
      });
      await harness.requestOk('POST /customers/bob/erasure', {
        by: STAFF,
        key: 'no-orders',
        body: {},
      });
    },
    allowedOrderStatuses: [['FULFILLED', 'PENDING_PAYMENT']],
    check: async (harness) => {
      const customers = harness.world
        .tableItems('Orders')
        .flatMap(({ type, status, customerId }) =>
          type === 'order' ? [`${status} ${customerId}`] : [],
        );
      if (!customers.includes('PENDING_PAYMENT alice'))
        harness.addViolation(`the customer of an open order was erased: ${customers}`);
      if (customers.includes('FULFILLED alice'))
        harness.addViolation(`alice was not erased: ${customers}`);
    },
  },
  {
    name: 'staff erase a customer with a closed order',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await shipOrder(harness);
      await harness.world.settle();
    },
    act: async (harness) => {
      await harness.requestOk('POST /customers/alice/erasure', {
        by: STAFF,
        key: 'erase',
        body: {},
      });
    },
    allowedOrderStatuses: [['FULFILLED']],
    check: async (harness) => {
      const traces = [
        'alice',
        deriveId('alice', 'POST /orders', 'order'),
        deriveId('alice', 'POST /orders/{orderId}/payment', 'payment'),
      ];
      const tables = ['Orders', 'Book', 'Payments', 'Provider'];
      const stored = tables.map((table) => JSON.stringify(harness.world.tableItems(table))).join();
      for (const trace of traces)
        if (stored.includes(trace)) harness.addViolation(`the tables still contain ${trace}`);
    },
  },
];
