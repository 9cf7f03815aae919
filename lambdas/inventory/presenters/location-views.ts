import type { LocationView } from '../../contracts/api/locations.ts';
import type { Location } from '../domain/locations/location.ts';

/** Converts a location to its view, without the fields that only its record has. */
export const toLocationView = ({
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  correlationId: _correlationId,
  ...view
}: Location): LocationView => view;
