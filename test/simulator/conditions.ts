import { smooth, type Trouble } from './calls.ts';
import type { Chance } from './chance.ts';
import type { Post } from './messaging/queues.ts';

/** How the world behaves. */
export type Conditions = {
  readonly trouble: Trouble;
  readonly post: Post;
  /** Milliseconds from a change of a table to its batch in the stream. */
  readonly streamLag: (chance: Chance) => number;
  readonly isBatchRepeated: (chance: Chance) => boolean;
  /** For how long a transaction holds its items against others. */
  readonly transactionMilliseconds: (chance: Chance) => number;
  readonly skewMilliseconds: (chance: Chance) => number;
};

/** Nothing goes wrong, nothing takes time, everything comes once. */
export const smoothConditions: Conditions = {
  trouble: smooth,
  post: { delay: () => 0, isRepeated: () => false },
  streamLag: () => 0,
  isBatchRepeated: () => false,
  transactionMilliseconds: () => 0,
  skewMilliseconds: () => 0,
};
