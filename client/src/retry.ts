/** How the client repeats a request. Every route of Stockbook can be repeated with the same key. */
export type RetryOptions = {
  /** Maximum number of attempts, the first one included. @default 5 */
  readonly attemptsMax?: number;
  /** Longest time in Retry-After for which the client waits, in seconds. @default 60 */
  readonly retryAfterSecondsMax?: number;
  /** Time after which an attempt without a response fails, in milliseconds. @default 30000 */
  readonly timeoutMilliseconds?: number;
  /** Base of the wait after a response without Retry-After, in milliseconds. @default 250 */
  readonly backoffMilliseconds?: number;
};

type SendRequest = (request: Request) => Promise<Response>;

const DEFAULTS = {
  attemptsMax: 5,
  retryAfterSecondsMax: 60,
  timeoutMilliseconds: 30_000,
  backoffMilliseconds: 250,
} as const satisfies Required<RetryOptions>;
const MILLISECONDS_PER_SECOND = 1_000;

/**
 * Returns a function that sends a request again after a 429, a 5xx or a lost connection, after the
 * time in Retry-After or else after a random time that doubles. Returns the last response, or the
 * first one that asks for a longer wait than allowed. Throws the error of the last attempt if no
 * attempt had a response, and the abort reason of the request's signal.
 */
export function withRetries(send: SendRequest, options: RetryOptions = {}): SendRequest {
  const { attemptsMax, retryAfterSecondsMax, timeoutMilliseconds, backoffMilliseconds } = {
    ...DEFAULTS,
    ...options,
  };
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= attemptsMax;
      let waitMilliseconds = Math.random() * backoffMilliseconds * 2 ** attempt;
      try {
        const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMilliseconds)]);
        const response = await send(new Request(request.clone(), { signal }));
        if (isLast || !isRetryable(response.status)) return response;
        const seconds = Number(response.headers.get('retry-after') ?? '');
        if (seconds > retryAfterSecondsMax) return response;
        if (seconds > 0) waitMilliseconds = seconds * MILLISECONDS_PER_SECOND;
        await response.body?.cancel();
      } catch (error) {
        request.signal.throwIfAborted();
        if (isLast) throw error;
      }
      await wait(waitMilliseconds, request.signal);
    }
  };
}

const isRetryable = (status: number): boolean => status === 429 || status >= 500;

/** Waits. Throws the reason of the signal when it is aborted. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
