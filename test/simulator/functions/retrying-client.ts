import type { World } from '../world.ts';
import type { ApiRequest, ApiResponse } from './simulated-api.ts';

/** A client gives up after so long; nothing that a story does takes so many tries. */
const ATTEMPTS_MAX = 200;
/** Where the response does not say when to retry. */
const PAUSE_SECONDS = 1;
const MILLISECONDS_PER_SECOND = 1_000;

const isRetryable = ({ status }: ApiResponse<unknown>): boolean => status === 429 || status >= 500;

/** Asks as the contract says that clients do: the same request with the same key, as late as Retry-After says, until the response is final. */
export async function requestWithRetry<Body = Readonly<Record<string, unknown>>>(
  world: World,
  route: string,
  request: ApiRequest,
): Promise<ApiResponse<Body>> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await world.request<Body>(route, request);
    if (!isRetryable(response)) return response;
    if (attempt === ATTEMPTS_MAX)
      throw new Error(`${route} was answered ${response.status} ${ATTEMPTS_MAX} times`);
    const seconds = Number(response.headers?.['retry-after'] ?? PAUSE_SECONDS);
    await world.time.wait(seconds * MILLISECONDS_PER_SECOND);
  }
}
