import { setTimeout as delay } from 'node:timers/promises';
import type { Delay } from '../use-cases/ports.ts';

/**
 * Longer than a transaction takes to become visible, and than a function takes between two writes.
 */
const SECOND_READ_DELAY_MILLISECONDS = 1_000;

export const timerDelay: Delay = {
  beforeSecondRead: () => delay(SECOND_READ_DELAY_MILLISECONDS),
};
