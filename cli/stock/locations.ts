import Table from 'cli-table3';
import { unwrap } from '../../client/src/index.ts';
import type { LocationView, PutLocationRequest } from '../../lambdas/contracts/api/locations.ts';
import { UserError } from '../../local/errors.ts';
import { TABLE_STYLE } from '../../local/terminal/table.ts';
import { connect } from '../client/api-client.ts';
import type { Connection } from '../client/connection.ts';

/** Options of `stockbook locations put`. */
export type LocationOptions = Pick<PutLocationRequest, 'name' | 'kind' | 'priority' | 'ships'> & {
  readonly inactive?: true | undefined;
  readonly pickup?: true | undefined;
  readonly country?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly city?: string | undefined;
  readonly addressLine?: readonly string[] | undefined;
  readonly timeZone?: string | undefined;
  readonly externalId?: Readonly<Record<string, string>> | undefined;
};

export const listLocations = (connection: Connection): Promise<readonly LocationView[]> =>
  Array.fromAsync(connect(connection).items('/locations', { query: { limit: 100 } }));

/** Creates or replaces a location. Returns true if it is new. */
export async function putLocation(
  connection: Connection,
  locationId: string,
  options: LocationOptions,
): Promise<boolean> {
  const result = await connect(connection).PUT('/locations/{locationId}', {
    params: { path: { locationId } },
    body: toRequest(options),
  });
  unwrap(result);
  return result.response.status === 201;
}

/** Converts options to a request. Throws UserError for an address without its country. */
export function toRequest(options: LocationOptions): PutLocationRequest {
  const { name, kind, ships, priority, inactive, pickup, country } = options;
  const { postalCode, city, addressLine, timeZone, externalId } = options;
  const address = {
    ...(postalCode === undefined ? {} : { postalCode }),
    ...(city === undefined ? {} : { city }),
    ...(addressLine === undefined ? {} : { lines: [...addressLine] }),
  };
  if (country === undefined && Object.keys(address).length > 0)
    throw new UserError('An address needs --country.');
  return {
    name,
    kind,
    active: inactive !== true,
    ships,
    pickup: pickup === true,
    priority,
    ...(country === undefined ? {} : { address: { country, ...address } }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(externalId === undefined ? {} : { externalIds: { ...externalId } }),
  };
}

/** Returns a table of locations in the order in which sourcing prefers them. */
export function formatLocations(locations: readonly LocationView[]): string {
  const table = new Table({
    head: ['location', 'name', 'kind', 'active', 'ships', 'pickup', 'priority', 'country'],
    style: TABLE_STYLE,
  });
  const inOrder = [...locations].sort(
    (a, b) => a.priority - b.priority || (a.locationId < b.locationId ? -1 : 1),
  );
  for (const { locationId, name, kind, active, ships, pickup, priority, address } of inOrder)
    table.push([
      locationId,
      name,
      kind,
      yesOrNo(active),
      yesOrNo(ships),
      yesOrNo(pickup),
      String(priority),
      address?.country ?? '',
    ]);
  return table.toString();
}

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');
