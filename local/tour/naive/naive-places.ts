import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * A shop with two places as a first version is often written: it sells what both have together, and
 * takes the units from the first place, as Medusa did:
 * https://github.com/medusajs/medusa/issues/14987
 */
export class NaivePlaces {
  readonly #units: number[];

  constructor(units: readonly number[]) {
    this.#units = [...units];
  }

  get units(): readonly number[] {
    return this.#units;
  }

  /** Sells units. Returns whether there were enough. */
  async sell(quantity: number): Promise<boolean> {
    await nextTurn();
    const total = this.#units.reduce((sum, units) => sum + units, 0);
    if (total < quantity) return false;
    await nextTurn();
    this.#units[0] = (this.#units[0] ?? 0) - quantity;
    return true;
  }
}
