import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
  toIso,
} from '../../../shared/core/instant.ts';

/** Time from the end of a sweep to the next one, which compares every level with its cells. */
export const SWEEP_INTERVAL_MILLISECONDS = SECONDS_PER_DAY * MILLISECONDS_PER_SECOND;

/** The decision of the levels of all SKUs, page by page, in one look after the other. */
export type LevelSweep = {
  /** Time from which a look starts the sweep, or continues it. */
  readonly dueAt: Instant;
  /**
   * The first sweep creates the levels of a stage, and one after a change of a location changes
   * them. A daily sweep should find nothing to correct.
   */
  readonly reason: 'first' | 'location' | 'daily';
  /** Position in the list of SKUs. Absent before the first page. */
  readonly cursor?: string;
  /** True where a location changed during the sweep, so that another one follows. */
  readonly startsAgain?: true;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export const firstSweep = (now: Instant): LevelSweep => ({
  dueAt: now,
  reason: 'first',
  version: 1,
  createdAt: toIso(now),
  updatedAt: toIso(now),
});

/**
 * Returns the sweep after a change of a location. It is a new version even where nothing else
 * changes: a look that is at a page may have read the location before.
 */
export function requestSweep(sweep: LevelSweep, now: Instant): LevelSweep {
  const next = nextVersion(sweep, now);
  return sweep.cursor === undefined
    ? { ...next, dueAt: Math.min(sweep.dueAt, now), reason: 'location' }
    : { ...next, startsAgain: true };
}

/** Returns the sweep after a page. `cursor` is the position of the next one, if there is one. */
export function advanceSweep(
  sweep: LevelSweep,
  cursor: string | undefined,
  now: Instant,
): LevelSweep {
  const next = nextVersion(sweep, now);
  if (cursor !== undefined) return { ...next, cursor };
  const { cursor: _cursor, startsAgain, ...ended } = next;
  return startsAgain === true
    ? { ...ended, dueAt: now, reason: 'location' }
    : { ...ended, dueAt: now + SWEEP_INTERVAL_MILLISECONDS, reason: 'daily' };
}

const nextVersion = (sweep: LevelSweep, now: Instant): LevelSweep => ({
  ...sweep,
  version: sweep.version + 1,
  updatedAt: toIso(now),
});
