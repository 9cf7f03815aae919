import { setTimeout as realDelay } from 'node:timers/promises';
import type { Range } from './model.ts';

/** Kept from before any dilation of this process's own timers. */
const delay = realDelay;
const nowMilliseconds = performance.now.bind(performance);

/** Time of the model: it runs `dilation` times slower than that of the machine. */
export class ModelClock {
  readonly #dilation: number;

  constructor(dilation: number) {
    if (!(dilation >= 1)) throw new Error(`time can be dilated 1 time or more, not ${dilation}`);
    this.#dilation = dilation;
  }

  now(): number {
    return nowMilliseconds() / this.#dilation;
  }

  async sleep(milliseconds: number): Promise<void> {
    await delay(milliseconds * this.#dilation);
  }
}

export const drawn = ([min, max]: Range): number => min + Math.random() * (max - min);
