/**
 * Seeded random numbers by name. A draw for one name does not depend on draws for others, so a
 * reduced scenario keeps the draws of its remaining parts. Mulberry32 over a hash of seed and name
 * (FNV-1a with a final avalanche).
 */
export class SeededRandom {
  readonly #name: string;
  #state: number;

  constructor(seed: number, name = '') {
    this.#name = `${seed}|${name}`;
    this.#state = hashOf(this.#name);
  }

  /** Returns the generator of one name. Its sequence is always the same. */
  fork(...name: readonly (string | number)[]): SeededRandom {
    return new SeededRandom(0, `${this.#name}/${name.join('/')}`);
  }

  /** Returns a number from 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  nextBoolean(probability: number): boolean {
    return this.next() < probability;
  }

  /** Returns a whole number from `min` to `max`, both included. */
  nextInteger(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    const picked = values[this.nextInteger(0, values.length - 1)];
    if (picked === undefined) throw new Error('The list to pick from is empty.');
    return picked;
  }

  /** Picks one of the choices by weight. */
  pickWeighted<Value>(choices: readonly (readonly [weight: number, value: Value])[]): Value {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return this.pick(choices)[1];
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
