import type { CellAuditPage } from '../../../contracts/api/audit.ts';
import type { Detection } from '../finding.ts';

/**
 * Reports a location without a record. The finding is the same whichever SKU names the location, so
 * a run has one for each location. It has no repair: only a person knows the settings.
 */
export const toMissingLocationDetection = (
  { locationId, sku }: CellAuditPage['missingLocations'][number],
  now: string,
): Detection => ({
  kind: 'LOCATION_MISSING',
  subject: `location:${locationId}`,
  expected: 'a record of the location',
  actual: null,
  difference: 'no record',
  units: 0,
  explanation: `SKUs have stock at location ${locationId}, which has no record, although no request deletes one. Nothing new is sold from it until its settings are stored again.`,
  records: [{ locationId, sku }],
  since: now,
});
