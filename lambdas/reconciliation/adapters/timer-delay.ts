import { setTimeout as delay } from 'node:timers/promises';
import type { Delay } from '../use-cases/ports.ts';

/** Far longer than the parts of a transaction take to show, and than a function takes from one write to the next. */
const SECOND_READ_DELAY_MILLISECONDS = 1_000;

export const timerDelay: Delay = {
  beforeSecondRead: () => delay(SECOND_READ_DELAY_MILLISECONDS),
};
