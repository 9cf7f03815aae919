export type MemoryUse = {
  /** After a collection, before the first page. */
  readonly heapBytesBefore: number;
  /** Maximum heap after a collection. */
  readonly heapBytesMax: number;
  /** Maximum of the whole process, including Node itself and uncollected memory. */
  readonly rssBytesMax: number;
};

/** Measures this process's memory at each call. It needs `node --expose-gc`. */
export class MemoryGauge {
  readonly #heapBytesBefore: number;
  #heapBytesMax: number;
  #rssBytesMax: number;

  constructor() {
    if (globalThis.gc === undefined)
      throw new Error('Run node with --expose-gc to measure memory.');
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
