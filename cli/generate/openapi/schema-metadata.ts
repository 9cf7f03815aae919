import * as z from 'zod/mini';
import { Quantities } from '../../../lambdas/contracts/api/inventory.ts';

/**
 * Descriptions of fields whose names do not explain them, and names of schemas. They are not part
 * of the contracts, because the bundle of a handler includes the schemas of its route.
 */
export const SCHEMA_METADATA = z.registry<{
  readonly description?: string;
  readonly id?: string;
}>();

SCHEMA_METADATA.add(Quantities.onHand, {
  description:
    'Units on the shelf: `available` + `held` + `committed`. Falls when an order ships, not when it is placed or paid. ' +
    'A physical count is compared with this number.',
});
SCHEMA_METADATA.add(Quantities.available, {
  description:
    'Units that can be sold. Falls when an order is placed, and rises again when its hold expires or the order is cancelled.',
});
SCHEMA_METADATA.add(Quantities.held, {
  description: 'Units of orders that are not confirmed yet, until their holds expire.',
});
SCHEMA_METADATA.add(Quantities.committed, {
  description: 'Units that are sold and not yet shipped.',
});
