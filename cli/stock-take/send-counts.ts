import { NotAllowed, problemOf, send } from '../client/client.ts';
import type { Where } from '../client/where.ts';
import type { CountLine } from './count-file.ts';
import type { Outcome, Sent } from './count-report.ts';

/** Requests that are under way at one time: below what an API throttles. */
const CONCURRENCY = 8;

type Options = {
  /** Of the file, as the movements' reference begins. */
  readonly name: string;
  readonly onSent: () => void;
  readonly signal: AbortSignal;
};

/** Sends every line, each by its own key; what could not be sent is told. Throws NotAllowed where the token is of no use. */
export async function sendCounts(
  where: Where,
  lines: readonly CountLine[],
  { name, onSent, signal }: Options,
): Promise<Sent[]> {
  const outcomes = new Map<number, Outcome>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let line = lines[next++]; line !== undefined && !signal.aborted; line = lines[next++]) {
      outcomes.set(line.line, await sendCount(where, line, name));
      onSent();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return lines.map((line) => ({
    line,
    outcome: outcomes.get(line.line) ?? { status: 'NOT_SENT' },
  }));
}

const REFERENCE_CHARACTERS_MAX = 255;

async function sendCount(
  where: Where,
  { line, sku, locationId, counted, countedAt, key }: CountLine,
  name: string,
): Promise<Outcome> {
  const reference = `${name}:${line}`.slice(-REFERENCE_CHARACTERS_MAX);
  try {
    const body = { counted, locationId, countedAt, reference };
    const answer = await send(where, 'POST', `/stock/${sku}/counts`, { body, key });
    if (answer.status !== 201) return { status: 'FAILED', why: problemOf(answer) };
    const { status, expected, difference, findingId, supersededBy } = answer.body;
    const found = { expected: Number(expected), difference: Number(difference) };
    if (status === 'SUPERSEDED') return { status, ...found, supersededBy: String(supersededBy) };
    if (status === 'PENDING_APPROVAL') return { status, ...found, findingId: String(findingId) };
    return { status: 'POSTED', ...found };
  } catch (fault) {
    if (fault instanceof NotAllowed) throw fault;
    return { status: 'FAILED', why: fault instanceof Error ? fault.message : String(fault) };
  }
}
