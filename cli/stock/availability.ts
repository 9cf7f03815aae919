import Table from 'cli-table3';
import { unwrap } from '../../client/src/index.ts';
import type { AvailabilityView } from '../../lambdas/contracts/api/availability.ts';
import { TABLE_STYLE } from '../../local/terminal/table.ts';
import { connect } from '../client/api-client.ts';
import type { Connection } from '../client/connection.ts';

/** Reads the availability of SKUs, at all locations or at the given ones. */
export async function readAvailability(
  connection: Connection,
  skus: readonly string[],
  locationIds: readonly string[] | undefined,
): Promise<AvailabilityView> {
  const result = await connect(connection).POST('/availability', {
    body: { skus: [...skus], ...(locationIds && { locationIds: [...locationIds] }) },
  });
  return unwrap(result);
}

/** Returns a table with a row for each SKU and one for each of its locations. */
export function formatAvailability({ items, unknown }: AvailabilityView): string {
  const table = new Table({
    head: ['SKU', 'location', 'sellable', 'on hand'],
    style: TABLE_STYLE,
    colAligns: ['left', 'left', 'right', 'right'],
  });
  for (const { sku, sellable, onHand, locations } of items) {
    table.push([sku, 'all', String(sellable), String(onHand)]);
    for (const place of locations)
      table.push(['', place.locationId, String(place.sellable), String(place.onHand)]);
  }
  const notes = unknown.map((sku) => `There is no SKU ${sku}.`);
  return [...(items.length === 0 ? [] : [table.toString()]), ...notes].join('\n');
}
