import type { MessageDelivery } from './messaging/simulated-queues.ts';
import type { SeededRandom } from './random.ts';
import { type FaultPlan, noFaults } from './service-calls.ts';

/** How the world behaves. */
export type Conditions = {
  readonly faultPlan: FaultPlan;
  readonly messageDelivery: MessageDelivery;
  /** Milliseconds from a change of a table to its batch in the stream. */
  readonly streamLag: (random: SeededRandom) => number;
  readonly isBatchRedelivered: (random: SeededRandom) => boolean;
  /** For how long a transaction holds its items against others. */
  readonly transactionMilliseconds: (random: SeededRandom) => number;
  readonly clockSkewMilliseconds: (random: SeededRandom) => number;
};

/** Nothing goes wrong, nothing takes time, everything comes once. */
export const idealConditions: Conditions = {
  faultPlan: noFaults,
  messageDelivery: { delayMilliseconds: () => 0, isRedelivered: () => false },
  streamLag: () => 0,
  isBatchRedelivered: () => false,
  transactionMilliseconds: () => 0,
  clockSkewMilliseconds: () => 0,
};
