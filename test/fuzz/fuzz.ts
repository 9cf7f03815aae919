import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { MILLISECONDS_PER_SECOND } from '../../lambdas/shared/core/instant.ts';
import { type FuzzRequest, requests, type Things } from './requests.ts';
import { type Answer, send, type Target } from './send.ts';
import { fingerprintOf, settledFingerprint, type Tables } from './tables.ts';
import { faultsOf } from './verdict.ts';

export type Fuzzing = {
  readonly target: Target;
  readonly things: Things;
  readonly seed: number;
  readonly requests: number;
  /** Undefined where only HTTP is reached: then it is not checked that refused requests write nothing. */
  readonly tables?: Tables | undefined;
  readonly told?: (done: number) => void;
};

export type Violation = {
  readonly place: number;
  readonly request: string;
  readonly faults: readonly string[];
  readonly answer: string;
};
export type Fuzzed = {
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** How often a request was told to come again, as it is while a sku's units are moved; it was sent again. */
  readonly cameAgain: number;
  readonly byRoute: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly violations: readonly Violation[];
  /** Around which the tables were compared. */
  readonly comparedRefusals: number;
};

const BATCH = 500;
const CONCURRENCY = 8;
const SHOWN_CHARACTERS_MAX = 400;
/** Whoever is still told so then has met an error. */
const COMES_AGAIN_MAX = 5;

const shown = ({ method, target, headers, body, caller }: FuzzRequest): string =>
  `${caller}: ${method} ${target.slice(0, SHOWN_CHARACTERS_MAX)} ${JSON.stringify(headers).slice(0, SHOWN_CHARACTERS_MAX)} ${JSON.stringify(body?.toString('latin1').slice(0, SHOWN_CHARACTERS_MAX))}`;

const isToComeAgain = ({ status, body, retryAfterSeconds }: Answer): boolean =>
  status === 503 && retryAfterSeconds !== undefined && body.includes('"code":"RETRY_LATER"');

const isRefused = ({ status }: Answer): boolean => status >= 400;

/**
 * Sends random requests and holds every answer against what is claimed: no 5xx, no trace of the code, a problem document for a
 * refusal, and nothing written for it. The same seed sends the same requests.
 */
export async function fuzz({
  target,
  things,
  seed,
  requests: count,
  tables,
  told,
}: Fuzzing): Promise<Fuzzed> {
  const all = fc.sample(requests(things), { seed, numRuns: count });
  const byStatus: Record<string, number> = {};
  const byRoute: Record<string, Record<string, number>> = {};
  const violations: Violation[] = [];
  let [comparedRefusals, cameAgain] = [0, 0];

  const sent = (asked: FuzzRequest): Promise<Answer> =>
    send(target, asked).catch(
      (fault: unknown): Answer => ({ status: 599, type: '', body: String(fault) }),
    );
  const ask = async (asked: FuzzRequest, place: number): Promise<Answer> => {
    let answer = await sent(asked);
    for (let again = 0; again < COMES_AGAIN_MAX && isToComeAgain(answer); again += 1) {
      cameAgain += 1;
      await sleep((answer.retryAfterSeconds ?? 0) * MILLISECONDS_PER_SECOND);
      answer = await sent(asked);
    }
    const { status } = answer;
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    const ofRoute = byRoute[asked.route] ?? {};
    byRoute[asked.route] = ofRoute;
    const group = `${Math.floor(status / 100)}xx`;
    ofRoute[group] = (ofRoute[group] ?? 0) + 1;
    const faults = faultsOf(asked, answer);
    if (faults.length > 0)
      violations.push({
        place,
        request: shown(asked),
        faults,
        answer: `${status} ${answer.body.slice(0, SHOWN_CHARACTERS_MAX)}`,
      });
    return answer;
  };

  for (let from = 0; from < all.length; from += BATCH) {
    const batch = all.slice(from, from + BATCH);
    const answers: Answer[] = [];
    const waiting = batch.entries();
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const [index, asked] of waiting) answers[index] = await ask(asked, from + index);
      }),
    );
    if (tables !== undefined) {
      // Whoever was refused asks once more, when nobody else writes.
      const refused = batch
        .map((asked, index) => ({ asked, place: from + index }))
        .filter(({ place }) => isRefused(answers[place - from] as Answer));
      const { writers, refusals } = await writersIn(refused, tables, ask);
      comparedRefusals += refusals;
      for (const { asked, place } of writers)
        violations.push({
          place,
          request: shown(asked),
          faults: ['something was written for a 4xx'],
          answer: '',
        });
    }
    told?.(Math.min(from + BATCH, all.length));
  }
  const asked = Object.values(byStatus).reduce((sum, value) => sum + value, 0);
  return { requests: asked, byStatus, cameAgain, byRoute, violations, comparedRefusals };
}

type Placed = { readonly asked: FuzzRequest; readonly place: number };
type Ask = (asked: FuzzRequest, place: number) => Promise<Answer>;

async function inOrder(placed: readonly Placed[], ask: Ask): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const { asked, place } of placed) answers.push(await ask(asked, place));
  return answers;
}

/** A saga that waits for its next try writes seconds after the tables came to rest; what a request writes, it writes each time. */
const PASSES_MAX = 5;

type Compared = { readonly writers: readonly Placed[]; readonly refusals: number };

/** Those of the refused that write. Whoever is refused no longer, as when an order has come to rest meanwhile, is no refusal. */
async function writersIn(refused: readonly Placed[], tables: Tables, ask: Ask): Promise<Compared> {
  let open = refused;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const before = await settledFingerprint(tables);
    const again = await inOrder(open, ask);
    const still = open.filter((_one, index) => isRefused(again[index] as Answer));
    if (still.length < open.length) {
      open = still;
      continue;
    }
    if ((await fingerprintOf(tables)) === before) return { writers: [], refusals: open.length };
  }
  return { writers: await writersAmong(open, tables, ask), refusals: open.length };
}

/** Those that write, though they are refused; the whole batch, where none does so alone, and all are refused still. */
async function writersAmong(
  placed: readonly Placed[],
  tables: Tables,
  ask: Ask,
): Promise<readonly Placed[]> {
  const writers: Placed[] = [];
  let isRefusedYet = true;
  for (const one of placed) {
    const before = await settledFingerprint(tables);
    if (!isRefused(await ask(one.asked, one.place))) isRefusedYet = false;
    else if ((await settledFingerprint(tables)) !== before) writers.push(one);
  }
  return writers.length > 0 || !isRefusedYet ? writers : placed;
}
