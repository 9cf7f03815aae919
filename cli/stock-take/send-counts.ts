import type { StockbookClient } from '../../client/src/index.ts';
import { AccessDeniedError, connect, describeRejection } from '../client/api-client.ts';
import type { Connection } from '../client/connection.ts';
import type { CountLine } from './count-file.ts';
import type { CountOutcome, CountResult } from './count-report.ts';

/** Maximum number of concurrent requests, below what an API throttles. */
const CONCURRENCY = 8;

type SendOptions = {
  /** Name of the file. The reference of each movement starts with it. */
  readonly fileName: string;
  readonly onSent: () => void;
  readonly signal: AbortSignal;
};

/**
 * Sends every line with its own key, and returns the outcome of each. Throws AccessDeniedError when
 * the API rejects the token.
 */
export async function sendCounts(
  where: Connection,
  lines: readonly CountLine[],
  { fileName, onSent, signal }: SendOptions,
): Promise<CountResult[]> {
  const client = connect(where);
  const outcomes = new Map<number, CountOutcome>();
  let next = 0;
  const sendFromQueue = async (): Promise<void> => {
    for (let line = lines[next++]; line !== undefined && !signal.aborted; line = lines[next++]) {
      outcomes.set(line.line, await sendCount(client, line, fileName));
      onSent();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, sendFromQueue));
  return lines.map((line) => ({
    line,
    outcome: outcomes.get(line.line) ?? { status: 'NOT_SENT' },
  }));
}

const REFERENCE_CHARACTERS_MAX = 255;

async function sendCount(
  client: StockbookClient,
  { line, sku, locationId, counted, countedAt, key }: CountLine,
  fileName: string,
): Promise<CountOutcome> {
  const reference = `${fileName}:${line}`.slice(-REFERENCE_CHARACTERS_MAX);
  try {
    const result = await client.POST('/stock/{sku}/counts', {
      params: { path: { sku }, header: { 'Idempotency-Key': key } },
      body: { counted, locationId, countedAt, reference },
    });
    if (result.data === undefined) return { status: 'FAILED', reason: describeRejection(result) };
    const { status, expected, difference, findingId, supersededBy, repeated } = result.data;
    const quantities = { expected, difference };
    if (status === 'SUPERSEDED')
      return { status, ...quantities, supersededBy: String(supersededBy) };
    if (status === 'PENDING_APPROVAL')
      return { status, ...quantities, findingId: String(findingId) };
    return { status: repeated === true ? 'ALREADY_POSTED' : 'POSTED', ...quantities };
  } catch (error) {
    if (error instanceof AccessDeniedError) throw error;
    return { status: 'FAILED', reason: error instanceof Error ? error.message : String(error) };
  }
}
