/** What the bank's clients know: every operation that was acknowledged or refused, and what is on its way. */
export class OperationLog {
  /** Deltas by idempotency key, once they were acknowledged. */
  readonly acknowledged = new Map<string, { readonly sku: string; readonly delta: number }>();
  readonly rejected = new Set<string>();
  #unitsInTransit = 0;
  #unitsStarted = 0;

  /** Units have left one sku, or are about to, and are not surely in the other one yet. */
  beginTransfer(units: number): void {
    this.#unitsInTransit += units;
    this.#unitsStarted += units;
  }

  endTransfer(units: number): void {
    this.#unitsInTransit -= units;
  }

  /** Begins to watch; answers how many units were on their way at any time since. */
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
