import type { SeededRandom } from '../random.ts';

/** Delays and repetitions of a queue's messages. Different delays change their order. */
export type MessageDelivery = {
  /** Milliseconds until a message can be received. */
  readonly delayMilliseconds: (random: SeededRandom) => number;
  /**
   * Returns true to deliver a message once more after it was processed. `receiveCount` counts its
   * receives.
   */
  readonly isRedelivered: (random: SeededRandom, receiveCount: number) => boolean;
};
