/** The clients' knowledge: every acknowledged or rejected operation, and the units in transit. */
export class OperationLog {
  /** Acknowledged deltas by idempotency key. */
  readonly acknowledged = new Map<string, { readonly sku: string; readonly delta: number }>();
  readonly rejected = new Set<string>();
  #unitsInTransit = 0;
  #unitsStarted = 0;

  /**
   * Records units that have left one SKU, or are about to, and may not have arrived at the other
   * one.
   */
  beginTransfer(units: number): void {
    this.#unitsInTransit += units;
    this.#unitsStarted += units;
  }

  endTransfer(units: number): void {
    this.#unitsInTransit -= units;
  }

  /**
   * Starts to observe; the returned function returns the maximum number of units in transit since.
   */
  watchInTransit(): () => number {
    const [open, opened] = [this.#unitsInTransit, this.#unitsStarted];
    return () => open + (this.#unitsStarted - opened);
  }

  deltaOf(sku: string): number {
    return [...this.acknowledged.values()]
      .filter((entry) => entry.sku === sku)
      .reduce((sum, { delta }) => sum + delta, 0);
  }
}
