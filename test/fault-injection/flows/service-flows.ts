import { type Flow, type Harness, SERVICE } from './harness.ts';
import { expectNoFindings } from './reconciliation-steps.ts';
import { expectStock, MINUTE, reserveUnits } from './steps.ts';

type Reservation = {
  readonly status: string;
  readonly lines: readonly { readonly sku: string; readonly shipped?: number }[];
};

const commit = (harness: Harness) =>
  harness.requestOk<Reservation>('POST /reservations/res-1/commitment', { by: SERVICE });

const takePart = (harness: Harness, kind: 'shipments' | 'releases', body: object) =>
  harness.requestOk<Reservation>(`POST /reservations/res-1/${kind}`, { by: SERVICE, body });

const commitUnits = async (harness: Harness): Promise<void> => {
  await reserveUnits(harness);
  await commit(harness);
};

/** Flows of a service that has its own orders. `reserveUnits` holds 2 of 10 tea. */
export const serviceFlows: readonly Flow[] = [
  {
    name: 'a service commits a hold',
    prepare: reserveUnits,
    act: async (harness) => {
      await commit(harness);
    },
    check: async (harness) => {
      await expectStock('tea', { onHand: 10, available: 8, committed: 2 })(harness);
      // Its reservation has no order, and is accused of nothing.
      await harness.world.time.wait(30 * MINUTE);
      await expectNoFindings(harness);
    },
  },
  {
    name: 'a service commits a hold that has expired',
    prepare: async (harness) => {
      await reserveUnits(harness);
      await harness.world.time.wait(12 * MINUTE);
    },
    act: async (harness) => {
      await commit(harness);
    },
    check: expectStock('tea', { onHand: 10, available: 8, committed: 2 }),
  },
  {
    name: 'a service commits a reservation that it never made',
    act: async (harness) => {
      const { status } = await harness.request('POST /reservations/res-1/commitment', {
        by: SERVICE,
      });
      if (status !== 409) harness.addViolation(`the commitment returned ${status}, not 409`);
    },
    check: async (harness) => {
      const { status } = await harness.requestOk<Reservation>('GET /reservations/res-1', {
        by: SERVICE,
      });
      if (status !== 'EXPIRED') harness.addViolation(`the reservation is ${status}`);
    },
  },
  {
    name: 'a service ships a part and releases the rest',
    prepare: commitUnits,
    act: async (harness) => {
      const lines = [{ sku: 'tea', locationId: 'main', quantity: 1 }];
      await takePart(harness, 'shipments', { stepId: 'parcel-1', lines });
      await takePart(harness, 'releases', { stepId: 'rest' });
    },
    check: async (harness) => {
      await expectStock('tea', { onHand: 9, available: 9, committed: 0 })(harness);
      const { status } = await harness.requestOk<Reservation>('GET /reservations/res-1', {
        by: SERVICE,
      });
      if (status !== 'FULFILLED') harness.addViolation(`the reservation is ${status}`);
    },
  },
  {
    name: 'a service lists its committed reservations',
    prepare: commitUnits,
    act: async (harness) => {
      const { items } = await harness.requestOk<{ items: readonly unknown[] }>(
        'GET /reservations?owner=me&status=COMMITTED',
        { by: SERVICE },
      );
      if (items.length !== 1) harness.addViolation(`${items.length} reservations are listed`);
    },
    check: expectStock('tea', { onHand: 10, available: 8, committed: 2 }),
  },
];
