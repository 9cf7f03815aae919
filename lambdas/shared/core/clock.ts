import type { Instant } from './instant.ts';

export type Clock = () => Instant;

/** The only reader of the machine's clock, but for the logger, which stamps its lines. */
export const systemClock: Clock = () => Date.now();
