/** What the bank's clients know: every operation that was acknowledged or refused, and what is on its way. */
export class Ledger {
  /** Deltas by idempotency key, once they were acknowledged. */
  readonly acknowledged = new Map<string, { readonly sku: string; readonly delta: number }>();
  readonly refused = new Set<string>();
  #open = 0;
  #opened = 0;

  /** Units have left one sku, or are about to, and are not surely in the other one yet. */
  open(units: number): void {
    this.#open += units;
    this.#opened += units;
  }

  close(units: number): void {
    this.#open -= units;
  }

  /** Begins to watch; answers how many units were on their way at any time since. */
  watch(): () => number {
    const [open, opened] = [this.#open, this.#opened];
    return () => open + (this.#opened - opened);
  }

  deltaOf(sku: string): number {
    return [...this.acknowledged.values()]
      .filter((entry) => entry.sku === sku)
      .reduce((sum, { delta }) => sum + delta, 0);
  }
}
