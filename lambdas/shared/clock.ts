import type { Instant } from './instant.ts';

export type Clock = () => Instant;

/** The only reader of the machine's clock. */
export const systemClock: Clock = () => Date.now();
