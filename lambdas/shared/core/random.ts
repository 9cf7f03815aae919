/** A number from 0 to below 1, of the machine's own choosing. */
export const systemRandom = (): number => Math.random();
