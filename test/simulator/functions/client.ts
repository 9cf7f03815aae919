import type { World } from '../world.ts';
import type { Asked, Response } from './api.ts';

/** A client gives up after so long; nothing that a story does takes so many tries. */
const TRIES_MAX = 200;
/** Where the response does not say when to retry. */
const PAUSE_SECONDS = 1;
const MILLISECONDS_PER_SECOND = 1_000;

const isPassing = ({ status }: Response<unknown>): boolean => status === 429 || status >= 500;

/** Asks as the contract says that clients do: the same request with the same key, as late as Retry-After says, until the response is final. */
export async function ask<Body = Readonly<Record<string, unknown>>>(
  world: World,
  route: string,
  asked: Asked,
): Promise<Response<Body>> {
  for (let tried = 1; ; tried += 1) {
    const answer = await world.request<Body>(route, asked);
    if (!isPassing(answer)) return answer;
    if (tried === TRIES_MAX)
      throw new Error(`${route} was answered ${answer.status} ${TRIES_MAX} times`);
    const seconds = Number(answer.headers?.['retry-after'] ?? PAUSE_SECONDS);
    await world.time.wait(seconds * MILLISECONDS_PER_SECOND);
  }
}
