import type { Instant } from '../../../shared/core/instant.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
import { requestSweep } from '../../domain/stock/level-sweep.ts';
import type { LevelSweepStore } from '../ports.ts';

/** Maximum attempts. A look may write the record first. */
const ATTEMPTS_MAX = 5;

/**
 * Makes the looks decide all SKUs. Before the first sweep there is nothing to write: the next
 * look starts it.
 */
export const requestLevelSweep = (sweeps: LevelSweepStore, now: Instant): Promise<true> =>
  retryOptimistic({ attempts: ATTEMPTS_MAX, what: 'the sweep of the levels' }, async () => {
    const sweep = await sweeps.find();
    if (sweep === undefined) return true;
    return (await sweeps.replace(requestSweep(sweep, now))) || undefined;
  });
