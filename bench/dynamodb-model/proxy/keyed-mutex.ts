/** Runs work on the same keys in turn, in the order of the calls. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  async runExclusive<Value>(ids: readonly string[], work: () => Promise<Value>): Promise<Value> {
    let end = () => {};
    const mine = new Promise<void>((resolve) => {
      end = resolve;
    });
    // All places in line are taken at once, so two callers never wait for each other.
    const before = ids.map((id) => this.#last.get(id));
    for (const id of ids) this.#last.set(id, mine);
    await Promise.all(before);
    try {
      return await work();
    } finally {
      for (const id of ids) if (this.#last.get(id) === mine) this.#last.delete(id);
      end();
    }
  }
}
