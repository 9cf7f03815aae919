export type MemoryUse = {
  /** After a collection, before the first page. */
  readonly heapBytesBefore: number;
  /** After a collection each, at the highest. */
  readonly heapBytesMax: number;
  /** Of the whole process, at the highest: with Node itself, and what is not collected yet. */
  readonly rssBytesMax: number;
};

/** Looks at this process's memory whenever it is told to. It needs `node --expose-gc`. */
export class MemoryGauge {
  readonly #heapBytesBefore: number;
  #heapBytesMax: number;
  #rssBytesMax: number;

  constructor() {
    if (globalThis.gc === undefined)
      throw new Error('memory is measured under node --expose-gc only');
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    this.#heapBytesBefore = heapUsed;
    this.#heapBytesMax = heapUsed;
    this.#rssBytesMax = rss;
  }

  sample(): void {
    const { rss } = process.memoryUsage();
    globalThis.gc?.();
    this.#rssBytesMax = Math.max(this.#rssBytesMax, rss);
    this.#heapBytesMax = Math.max(this.#heapBytesMax, process.memoryUsage().heapUsed);
  }

  get memoryUse(): MemoryUse {
    return {
      heapBytesBefore: this.#heapBytesBefore,
      heapBytesMax: this.#heapBytesMax,
      rssBytesMax: this.#rssBytesMax,
    };
  }
}
