import type { ModelClock } from './model-clock.ts';

type Event = { readonly at: number; readonly run: () => void; readonly isSleep: boolean };

/** Timers from before any replacement in this process. */
const { setTimeout, setImmediate, clearTimeout } = globalThis;
/**
 * Turns of the event loop without new work after which every awake participant must be waiting for
 * a timer: local sockets take one turn.
 */
const QUIET_TURNS = 8;
const TURN_MILLISECONDS = 1;

/**
 * Time that is dilated as far as necessary: it stands still while any participant is awake or any
 * outside work is in progress, and steps to the next event when all are asleep. So the bench never
 * waits for DynamoDB Local or for this machine, however busy they are. All code that takes time in
 * the model must sleep here: the DynamoDB model, and with `replaceTimers` the code that it serves,
 * in the same process.
 */
export class SteppedClock implements ModelClock {
  #now = 0;
  /** Sorted by time. */
  #events: Event[] = [];
  #asleep = 0;
  #participants = 0;
  #outside = 0;
  #quietTurns = 0;
  #turn: { readonly cancel: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#add({ at: this.#now + Math.max(0, milliseconds), run: resolve, isSleep: true });
    });
  }

  /**
   * Runs a function at a time, even if no participant sleeps until then. Returns a function that
   * cancels it.
   */
  schedule(milliseconds: number, run: () => void): () => void {
    const event = { at: this.#now + Math.max(0, milliseconds), run, isSleep: false };
    this.#add(event);
    return () => {
      this.#events = this.#events.filter((one) => one !== event);
    };
  }

  async runOutsideModel<Value>(work: Promise<Value>): Promise<Value> {
    this.#outside += 1;
    try {
      return await work;
    } finally {
      this.#outside -= 1;
      this.#scheduleStep();
    }
  }

  /** While a participant runs, it is either asleep here or awake. */
  async runParticipant<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#participants += 1;
    try {
      return await work();
    } finally {
      this.#participants -= 1;
      this.#scheduleStep();
    }
  }

  stop(): void {
    this.#turn?.cancel();
    this.#events = [];
  }

  #add(event: Event): void {
    let [from, to] = [0, this.#events.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#events[middle]?.at ?? 0) <= event.at) from = middle + 1;
      else to = middle;
    }
    this.#events.splice(from, 0, event);
    if (event.isSleep) this.#asleep += 1;
    this.#scheduleStep();
  }

  /** Called after each change. Ready sockets come first. */
  #scheduleStep(): void {
    this.#quietTurns = 0;
    this.#turn?.cancel();
    const immediate = setImmediate(() => this.#step());
    this.#turn = { cancel: () => clearImmediate(immediate) };
  }

  #step(): void {
    this.#turn = undefined;
    if (this.#events.length === 0 || this.#outside > 0 || this.#participants === 0) return;
    const allAsleep = this.#asleep >= this.#participants;
    if (!allAsleep && this.#quietTurns < QUIET_TURNS) {
      this.#quietTurns += 1;
      const timer = setTimeout(() => {
        const immediate = setImmediate(() => this.#step());
        this.#turn = { cancel: () => clearImmediate(immediate) };
      }, TURN_MILLISECONDS);
      this.#turn = { cancel: () => clearTimeout(timer) };
      return;
    }
    const event = this.#events.shift();
    if (event === undefined) return;
    this.#now = event.at;
    if (event.isSleep) this.#asleep -= 1;
    event.run();
    this.#scheduleStep();
  }
}
