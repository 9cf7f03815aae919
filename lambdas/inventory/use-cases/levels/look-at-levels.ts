import type { Instant } from '../../../shared/core/instant.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { advanceSweep, firstSweep, type LevelSweep } from '../../domain/stock/level-sweep.ts';
import { isSameShown } from '../../domain/stock/stock-level.ts';
import type { LevelSweepStore, Metrics, StockReader, WakeReader } from '../ports.ts';
import { type LevelPorts, type LevelUpdate, updateLevels } from './update-level.ts';

/** SKUs that are read together. */
export const LOOK_PAGE_SKUS = 50;
/** Time after which a look starts no other page of due wakes. The rest is for the sweep. */
export const WAKES_MILLISECONDS_MAX = 25_000;
/** Time after which a look starts no other page. The next look comes a minute after this one. */
export const LOOK_MILLISECONDS_MAX = 40_000;

export type LookPorts = LevelPorts & {
  readonly wakes: WakeReader;
  readonly skus: Pick<StockReader, 'listSkus'>;
  readonly sweeps: LevelSweepStore;
  readonly metrics: Metrics;
  readonly clock: () => Instant;
};

/**
 * Decides the levels of the SKUs whose wake is due, and then continues the sweep of all SKUs if it
 * is due. Leaves to the next look what does not fit into the time.
 */
export async function lookAtLevels(ports: LookPorts): Promise<void> {
  const startedAt = ports.clock();
  await lookAtDueWakes(ports, startedAt + WAKES_MILLISECONDS_MAX);
  await continueSweep(ports, startedAt + LOOK_MILLISECONDS_MAX);
}

async function lookAtDueWakes(ports: LookPorts, until: Instant): Promise<void> {
  const { wakes, clock } = ports;
  const dueAt = clock();
  let cursor: string | undefined;
  do {
    const page = await wakes.listDue(dueAt, { limit: LOOK_PAGE_SKUS, cursor });
    await updateLevels(ports, page.items, clock());
    cursor = page.cursor;
  } while (cursor !== undefined && clock() < until);
}

async function continueSweep(ports: LookPorts, until: Instant): Promise<void> {
  let isContinued: boolean | undefined;
  do isContinued = await tryRead(() => sweepPage(ports));
  while (isContinued === true && ports.clock() < until);
}

/**
 * Decides a page of the sweep. Returns false if nothing is due, or if the page must be repeated in
 * the next look.
 */
async function sweepPage({ sweeps, skus, metrics, ...ports }: LookPorts): Promise<boolean> {
  const now = ports.clock();
  const stored = await sweeps.find();
  if (stored !== undefined && stored.dueAt > now) return false;
  const sweep = stored ?? firstSweep(now);
  // Stored before the first page is read: a location that changes from here on finds it.
  if (stored === undefined) return sweeps.replace(sweep);
  const page = await skus.listSkus({ limit: LOOK_PAGE_SKUS, cursor: sweep.cursor });
  const { updates, busySkus } = await updateLevels(ports, page.items, now);
  reportCorrections(metrics, sweep, updates, now);
  if (busySkus.length > 0) return false;
  return sweeps.replace(advanceSweep(sweep, page.cursor, now));
}

/**
 * Counts the levels that a daily sweep corrected although no wake announced it. Such a level may
 * also be one whose change is still on its way to the watcher.
 */
function reportCorrections(
  metrics: LookPorts['metrics'],
  { reason }: LevelSweep,
  updates: readonly LevelUpdate[],
  now: Instant,
): void {
  if (reason !== 'daily') return;
  const corrected = updates.filter(
    ({ before, after }) =>
      after !== undefined &&
      !isSameShown(before, after) &&
      (before?.wakeAt === undefined || before.wakeAt > now),
  );
  if (corrected.length === 0) return;
  for (const { before, after } of corrected)
    logger.warn('The sweep corrected the levels of a SKU', { before, after });
  metrics.putCounts({ LevelsCorrected: corrected.length });
}
