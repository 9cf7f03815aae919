/** Items that are locked by a transaction. */
export class TransactionLocks {
  readonly #held = new Set<string>();

  /** Returns the indexes of the items that are locked now. */
  lockedIndexes(ids: readonly string[]): number[] {
    return ids.flatMap((id, index) => (this.#held.has(id) ? [index] : []));
  }

  acquire(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#held.has(id)) throw new Error(`${id} is already in a transaction.`);
      this.#held.add(id);
    }
  }

  release(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id);
  }
}
