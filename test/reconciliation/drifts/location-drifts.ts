import { deleteItem, locationKey } from '../../support/drift.ts';
import { call, createStockedSku, expectStatus, newSku, staff } from '../../support/e2e/e2e.ts';
import type { Drift } from './drift.ts';

/** Drift of the records of locations. */
export const LOCATION_DRIFTS: readonly Drift[] = [
  {
    name: 'a location whose record is lost, named by two SKUs',
    inject: async () => {
      const locationId = newSku('place');
      const body = { quantity: 1, locationId, createLocation: true };
      for (const name of ['first', 'second']) {
        const sku = await createStockedSku(name, 5);
        expectStatus(201, await call(`POST /stock/${sku}/receipts`, { token: staff(), body }));
      }
      await deleteItem('inventory', locationKey(locationId));
      return [
        {
          subject: `location:${locationId}`,
          kind: 'LOCATION_MISSING',
          explanation: /which has no record/,
          status: 'open',
        },
      ];
    },
  },
];
