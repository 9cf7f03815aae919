import type { World } from '../world.ts';
import type { ApiRequest, ApiResponse } from './simulated-api.ts';

/** Maximum attempts per request; no scenario needs more. */
const ATTEMPTS_MAX = 200;
/** Pause if the response has no Retry-After. */
const PAUSE_SECONDS = 1;
const MILLISECONDS_PER_SECOND = 1_000;

const isRetryable = ({ status }: ApiResponse<unknown>): boolean => status === 429 || status >= 500;

/**
 * Sends a request as the contract requires of clients: repeats it with the same key, after the time
 * in Retry-After, until the response is final.
 */
export async function requestWithRetry<Body = Readonly<Record<string, unknown>>>(
  world: World,
  route: string,
  request: ApiRequest,
): Promise<ApiResponse<Body>> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await world.request<Body>(route, request);
    if (!isRetryable(response)) return response;
    if (attempt === ATTEMPTS_MAX)
      throw new Error(`${route} returned ${response.status} in ${ATTEMPTS_MAX} attempts`);
    const seconds = Number(response.headers?.['retry-after'] ?? PAUSE_SECONDS);
    await world.time.wait(seconds * MILLISECONDS_PER_SECOND);
  }
}
