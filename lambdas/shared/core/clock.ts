import type { Instant } from './instant.ts';

export type Clock = () => Instant;

/** Returns the machine's time. Only the logger also reads it, for its timestamps. */
export const systemClock: Clock = () => Date.now();
