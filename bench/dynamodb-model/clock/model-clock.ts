import { setTimeout as delay } from 'node:timers/promises';
import type { Range } from '../model.ts';

/** Time of the model, in its milliseconds. */
export interface ModelClock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Waits for work that takes no time in the model. */
  runOutsideModel<Value>(work: Promise<Value>): Promise<Value>;
}

/**
 * Runs `dilation` times slower than the machine's clock. Work that takes the machine longer than
 * the model's time is late.
 */
export class DilatedClock implements ModelClock {
  readonly #dilation: number;

  constructor(dilation: number) {
    if (!(dilation >= 1)) throw new Error(`The dilation must be at least 1, not ${dilation}.`);
    this.#dilation = dilation;
  }

  now(): number {
    return performance.now() / this.#dilation;
  }

  async sleep(milliseconds: number): Promise<void> {
    await delay(milliseconds * this.#dilation);
  }

  runOutsideModel<Value>(work: Promise<Value>): Promise<Value> {
    return work;
  }
}

export const drawFrom = ([min, max]: Range): number => min + Math.random() * (max - min);
