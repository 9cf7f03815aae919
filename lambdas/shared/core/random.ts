/** Returns a random number of at least 0 and less than 1. */
export const systemRandom = (): number => Math.random();
