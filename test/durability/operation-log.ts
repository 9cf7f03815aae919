/** Operations that the clients know to be acknowledged or rejected, and the units in transit. */
export class OperationLog {
  /** Acknowledged deltas by idempotency key. */
  readonly acknowledged = new Map<string, { readonly sku: string; readonly delta: number }>();
  readonly rejected = new Set<string>();
  #unitsInTransit = 0;
  #unitsStarted = 0;

  /**
   * Records units in transit: they may have left one SKU and may not have arrived at the other.
   */
  beginTransfer(units: number): void {
    this.#unitsInTransit += units;
    this.#unitsStarted += units;
  }

  endTransfer(units: number): void {
    this.#unitsInTransit -= units;
  }

  /**
   * Starts to observe. The returned function returns the maximum units in transit since then.
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
