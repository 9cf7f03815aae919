import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { MILLISECONDS_PER_SECOND } from '../../lambdas/shared/core/instant.ts';
import { type Fixtures, type FuzzRequest, requestArbitrary } from './requests.ts';
import { checkResponse } from './response-checks.ts';
import { type FuzzResponse, send, type Target } from './send.ts';
import { fingerprintTables, type Tables, waitForStableFingerprint } from './table-fingerprint.ts';

export type FuzzOptions = {
  readonly target: Target;
  readonly fixtures: Fixtures;
  readonly seed: number;
  readonly requests: number;
  /**
   * Undefined if only HTTP is reachable. The test then cannot check that rejected requests write
   * nothing.
   */
  readonly tables?: Tables | undefined;
  readonly onProgress?: (done: number) => void;
};

export type Violation = {
  readonly index: number;
  readonly request: string;
  readonly problems: readonly string[];
  readonly response: string;
};
export type FuzzReport = {
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /**
   * Number of 503 RETRY_LATER responses, which occur while units of a SKU are moved. Their requests
   * were sent again.
   */
  readonly retries: number;
  readonly byRoute: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly violations: readonly Violation[];
  /** Rejections around which the tables were compared. */
  readonly comparedRejections: number;
};

const BATCH = 500;
const CONCURRENCY = 8;
const PRINTED_CHARACTERS_MAX = 400;
/** Maximum retries. A 503 after them is a violation. */
const RETRIES_MAX = 5;

const describeRequest = ({ method, target, headers, body, caller }: FuzzRequest): string =>
  `${caller}: ${method} ${target.slice(0, PRINTED_CHARACTERS_MAX)} ${JSON.stringify(headers).slice(0, PRINTED_CHARACTERS_MAX)} ${JSON.stringify(body?.toString('latin1').slice(0, PRINTED_CHARACTERS_MAX))}`;

const isRetryLater = ({ status, body, retryAfterSeconds }: FuzzResponse): boolean =>
  status === 503 && retryAfterSeconds !== undefined && body.includes('"code":"RETRY_LATER"');

const isRejected = ({ status }: FuzzResponse): boolean => status >= 400;

/**
 * Sends random requests and checks every response: no 5xx, no internals of the code, a problem
 * document for a rejection, and no write for it. The same seed sends the same requests.
 */
export async function runFuzzTest({
  target,
  fixtures,
  seed,
  requests: count,
  tables,
  onProgress,
}: FuzzOptions): Promise<FuzzReport> {
  const allRequests = fc.sample(requestArbitrary(fixtures), { seed, numRuns: count });
  const byStatus: Record<string, number> = {};
  const byRoute: Record<string, Record<string, number>> = {};
  const violations: Violation[] = [];
  let [comparedRejections, retries] = [0, 0];

  const sendOnce = (request: FuzzRequest): Promise<FuzzResponse> =>
    send(target, request).catch(
      (error: unknown): FuzzResponse => ({ status: 599, contentType: '', body: String(error) }),
    );
  const sendAndCheck = async (request: FuzzRequest, index: number): Promise<FuzzResponse> => {
    let response = await sendOnce(request);
    for (let again = 0; again < RETRIES_MAX && isRetryLater(response); again += 1) {
      retries += 1;
      await sleep((response.retryAfterSeconds ?? 0) * MILLISECONDS_PER_SECOND);
      response = await sendOnce(request);
    }
    const { status } = response;
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    const ofRoute = byRoute[request.route] ?? {};
    byRoute[request.route] = ofRoute;
    const group = `${Math.floor(status / 100)}xx`;
    ofRoute[group] = (ofRoute[group] ?? 0) + 1;
    const problems = checkResponse(request, response);
    if (problems.length > 0)
      violations.push({
        index,
        request: describeRequest(request),
        problems,
        response: `${status} ${response.body.slice(0, PRINTED_CHARACTERS_MAX)}`,
      });
    return response;
  };

  for (let from = 0; from < allRequests.length; from += BATCH) {
    const batch = allRequests.slice(from, from + BATCH);
    const responses: FuzzResponse[] = [];
    const waiting = batch.entries();
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const [index, request] of waiting)
          responses[index] = await sendAndCheck(request, from + index);
      }),
    );
    if (tables !== undefined) {
      // Each rejected request is sent again while no other request writes.
      const rejectedRequests = batch
        .map((request, index) => ({ request, index: from + index }))
        .filter(({ index }) => isRejected(responses[index - from] as FuzzResponse));
      const { writers, rejections } = await findWriters(rejectedRequests, tables, sendAndCheck);
      comparedRejections += rejections;
      for (const { request, index } of writers)
        violations.push({
          index,
          request: describeRequest(request),
          problems: ['a request with a 4xx wrote to a table'],
          response: '',
        });
    }
    onProgress?.(Math.min(from + BATCH, allRequests.length));
  }
  const requests = Object.values(byStatus).reduce((sum, value) => sum + value, 0);
  return { requests, byStatus, retries, byRoute, violations, comparedRejections };
}

type IndexedRequest = { readonly request: FuzzRequest; readonly index: number };
type SendRequest = (request: FuzzRequest, index: number) => Promise<FuzzResponse>;

async function sendInOrder(
  placed: readonly IndexedRequest[],
  sendRequest: SendRequest,
): Promise<readonly FuzzResponse[]> {
  const responses: FuzzResponse[] = [];
  for (const { request, index } of placed) responses.push(await sendRequest(request, index));
  return responses;
}

/**
 * Maximum passes. A saga between two attempts may write in one pass; a rejected request that writes
 * does so in every pass.
 */
const PASSES_MAX = 5;

type WriteComparison = { readonly writers: readonly IndexedRequest[]; readonly rejections: number };

/**
 * Returns the rejected requests that write. A request that is no longer rejected, for example
 * because an order has finished, does not count.
 */
async function findWriters(
  rejected: readonly IndexedRequest[],
  tables: Tables,
  sendRequest: SendRequest,
): Promise<WriteComparison> {
  let open = rejected;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const before = await waitForStableFingerprint(tables);
    const again = await sendInOrder(open, sendRequest);
    const still = open.filter((_one, index) => isRejected(again[index] as FuzzResponse));
    if (still.length < open.length) {
      open = still;
      continue;
    }
    if ((await fingerprintTables(tables)) === before)
      return { writers: [], rejections: open.length };
  }
  return { writers: await findWritersOneByOne(open, tables, sendRequest), rejections: open.length };
}

/**
 * Returns the rejected requests that write. Returns all requests if no single one writes but all
 * are still rejected.
 */
async function findWritersOneByOne(
  placed: readonly IndexedRequest[],
  tables: Tables,
  sendRequest: SendRequest,
): Promise<readonly IndexedRequest[]> {
  const writers: IndexedRequest[] = [];
  let areAllRejected = true;
  for (const one of placed) {
    const before = await waitForStableFingerprint(tables);
    if (!isRejected(await sendRequest(one.request, one.index))) areAllRejected = false;
    else if ((await waitForStableFingerprint(tables)) !== before) writers.push(one);
  }
  return writers.length > 0 || !areAllRejected ? writers : placed;
}
