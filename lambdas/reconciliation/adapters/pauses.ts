import { setTimeout as delay } from 'node:timers/promises';
import type { Pauses } from '../use-cases/ports.ts';

/** Far longer than the parts of a transaction take to show, and than a function takes from one write to the next. */
const SECOND_LOOK_MILLISECONDS = 1_000;

export const pauses: Pauses = {
  secondLook: () => delay(SECOND_LOOK_MILLISECONDS),
};
