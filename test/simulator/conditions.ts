import type { MessageDelivery } from './messaging/message-delivery.ts';
import type { SeededRandom } from './random.ts';
import { type FaultPlan, noFaults } from './service-calls.ts';

/** Faults and delays of the simulated world. */
export type Conditions = {
  readonly faultPlan: FaultPlan;
  readonly messageDelivery: MessageDelivery;
  /** Milliseconds from a change of a table to its batch in the stream. */
  readonly streamLag: (random: SeededRandom) => number;
  readonly isBatchRedelivered: (random: SeededRandom) => boolean;
  /** Time for which a transaction locks its items. */
  readonly transactionMilliseconds: (random: SeededRandom) => number;
  readonly clockSkewMilliseconds: (random: SeededRandom) => number;
};

/** No faults, no delays, each delivery once. */
export const idealConditions: Conditions = {
  faultPlan: noFaults,
  messageDelivery: { delayMilliseconds: () => 0, isRedelivered: () => false },
  streamLag: () => 0,
  isBatchRedelivered: () => false,
  transactionMilliseconds: () => 0,
  clockSkewMilliseconds: () => 0,
};
