import { type Flow, type Harness, SERVICE, STAFF } from './harness.ts';
import { expectStock, stockAt, stockBothSkus, stockSku } from './steps.ts';

type Named = { readonly name: string };
type Held = {
  readonly lines: readonly { readonly locationId: string; readonly quantity: number }[];
};

type Levels = { readonly items: readonly { readonly sku: string; readonly level: string }[] };

/** Adds a violation unless a page of a shop shows these levels of tea and cup. */
async function expectLevels(harness: Harness, tea: string, cup: string): Promise<void> {
  const { items } = await harness.requestOk<Levels>('GET /shop/availability?skus=cup,tea,nothing', {
    by: 'anyone',
  });
  const shown = items.map(({ sku, level }) => `${sku} ${level}`).join();
  if (shown !== `cup ${cup},nothing out,tea ${tea}`) harness.addViolation(`a page shows ${shown}`);
}

/** Flows of locations, of their safety stock and levels, and of SKUs at several locations. */
export const locationFlows: readonly Flow[] = [
  {
    name: 'staff create and change a location',
    act: async (harness) => {
      for (const name of ['Shop', 'Shop in town'])
        await harness.requestOk('PUT /locations/shop', {
          by: STAFF,
          body: { name, kind: 'store', pickup: true },
        });
    },
    check: async (harness) => {
      const { name } = await harness.requestOk<Named>('GET /locations/shop', { by: STAFF });
      const { items } = await harness.requestOk<{ items: readonly Named[] }>('GET /locations', {
        by: STAFF,
      });
      if (name !== 'Shop in town' || items.length !== 2)
        harness.addViolation(`the location is ${name}, one of ${items.length}`);
    },
  },
  {
    name: 'a receipt creates a location',
    prepare: (harness) => stockSku(harness, 'tea', 3),
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'receipt',
        body: { quantity: 7, locationId: 'shop', createLocation: true },
      });
    },
    check: async (harness) => {
      await expectStock('tea', { onHand: 10, available: 10 })(harness);
      await harness.requestOk('GET /locations/shop', { by: STAFF });
    },
  },
  {
    name: 'staff set a safety stock, and a service reserves what is above it',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      await harness.requestOk('PATCH /stock/tea', { by: STAFF, body: { safetyStock: 4 } });
      await harness.requestOk('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: [{ sku: 'tea', quantity: 6 }], holdSeconds: 600 },
      });
      const other = await harness.request('PUT /reservations/res-2', {
        by: SERVICE,
        body: { lines: [{ sku: 'tea', quantity: 1 }], holdSeconds: 600 },
      });
      if (other.status !== 409)
        harness.addViolation(`the hold of safety stock returned ${other.status}, not 409`);
    },
    check: expectStock('tea', { onHand: 10, available: 4, sellable: 0 }),
  },
  {
    name: 'a service reserves at two locations and releases',
    prepare: async (harness) => {
      await stockBothSkus(harness);
      await stockAt(harness, 'tea', 'annex', 5);
    },
    act: async (harness) => {
      const lines = [
        { sku: 'tea', quantity: 12 },
        { sku: 'cup', quantity: 1, from: 'main' },
      ];
      const held = await harness.requestOk<Held>('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines, holdSeconds: 600 },
      });
      const taken = held.lines.map(({ locationId, quantity }) => `${quantity} ${locationId}`);
      if (taken.join() !== '1 main,10 main,2 annex')
        harness.addViolation(`the units were taken from ${taken}`);
      await harness.requestOk('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: expectStock('tea', { onHand: 15, available: 15 }),
  },
  {
    name: 'a page of a shop reads levels before and after a SKU is sold out',
    prepare: async (harness) => {
      await stockBothSkus(harness);
      await harness.world.settle();
      await harness.world.invokeHandler('inventory/look-at-levels', {});
    },
    act: async (harness) => {
      await expectLevels(harness, 'in', 'in');
      await harness.requestOk('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: [{ sku: 'tea', quantity: 10 }], holdSeconds: 600 },
      });
      await harness.world.settle();
      await expectLevels(harness, 'out', 'in');
    },
    check: (harness) => expectLevels(harness, 'out', 'in'),
  },
  {
    name: 'a service reserves from an unknown location',
    prepare: (harness) => stockSku(harness, 'tea', 2),
    act: async (harness) => {
      const { status } = await harness.request('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: [{ sku: 'tea', quantity: 1, from: 'nowhere' }], holdSeconds: 600 },
      });
      if (status !== 404) harness.addViolation(`the reservation returned ${status}, not 404`);
    },
    check: expectStock('tea', { onHand: 2, available: 2 }),
  },
];
