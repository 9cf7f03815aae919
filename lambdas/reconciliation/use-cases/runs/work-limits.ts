import type { Instant } from '../../../shared/core/instant.ts';
import type { RepairPolicy } from '../../domain/repair.ts';

/** Policy and time limits of the work on one message. */
export type WorkLimits = {
  readonly policy: RepairPolicy;
  /** No page, and no conclusion of a run, starts after it. The rest is sent as a new message. */
  readonly pageDeadline: Instant;
  /** No repair starts after it. */
  readonly repairDeadline: Instant;
  readonly clock: () => Instant;
};
