type PendingCall = { readonly request: number; readonly proceed: () => void };

export const flushPromises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Interleaves the calls of requests: each call waits for its turn before it starts and returns. */
export class Interleaver {
  readonly #pending: PendingCall[] = [];
  readonly #crashed = new Set<number>();

  get isIdle(): boolean {
    return this.#pending.length === 0;
  }

  /** Lets a pending call continue. `choice` is an index into the pending calls. */
  async proceed(choice: number): Promise<void> {
    const [call] = this.#pending.splice(choice % Math.max(1, this.#pending.length), 1);
    call?.proceed();
    await flushPromises();
  }

  /** Crashes the request of a pending call: the call never returns. */
  crash(choice: number): void {
    const call = this.#pending[choice % Math.max(1, this.#pending.length)];
    if (call !== undefined) this.#abandon(call.request);
  }

  crashAll(): void {
    for (const { request } of [...this.#pending]) this.#abandon(request);
  }

  /** Returns the port for a request: its methods wait for their turns. */
  interleave<Port extends object>(port: Port, request: number): Port {
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        if (!this.#crashed.has(request)) this.#pending.push({ request, proceed: resolve });
      });
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          await turn();
          const result: unknown = await Reflect.apply(value, target, given);
          await turn();
          return result;
        };
      },
    });
  }

  #abandon(request: number): void {
    this.#crashed.add(request);
    for (const call of this.#pending.filter((one) => one.request === request))
      this.#pending.splice(this.#pending.indexOf(call), 1);
  }
}
