import { type Instant, toIso } from './instant.ts';

type Versioned = { readonly version: number; readonly updatedAt: string };

/** Returns the record with the next version number and `updatedAt` set to `now`. */
export const nextVersion = <Record extends Versioned>(record: Record, now: Instant): Record => ({
  ...record,
  version: record.version + 1,
  updatedAt: toIso(now),
});
