/** `shed` is a 503 with Retry-After. */
export type Outcome = 'held' | 'soldOut' | 'shed';
export type Purchase = (id: string, quantity: number) => Promise<Outcome>;
