import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Answer, problemOf, send } from './client.ts';
import { type Finding, findingReport } from './finding-report.ts';
import { ended } from './run.ts';
import { Usage, type Where, whereFrom } from './where.ts';

const USAGE = 'usage: npm run reconcile -- [--url URL] [--token TOKEN] [--full] [--no-wait]';
const POLL_MILLISECONDS = 500;
const FAILED = 2;

type Run = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly checked: Readonly<Record<string, number>>;
  readonly findings: number;
  readonly repaired: number;
  readonly unsettled: number;
};

ended(async (signal) => {
  const { url, token, full, isWaiting } = argumentsOf();
  const where = await whereFrom({ url, token });
  const key = randomUUID();
  const started = await send(where, 'POST', '/reconciliations', { body: full ? { full } : {}, key });
  const { reconciliationId } = expected<{ reconciliationId: string }>(started, 202);
  console.log(`reconciliation ${reconciliationId}`);
  if (!isWaiting) return 0;

  const startedAt = performance.now();
  const run = await untilOver(where, reconciliationId, signal);
  if (run === undefined) {
    console.log('It goes on without being watched.');
    return FAILED;
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const findings = await openFindings(where);
  console.log(findingReport(findings, process.stdout.columns));
  console.log(
    `${run.status} in ${seconds} s: ${inWords(run)}; ${counted(run.findings, 'disagreement')} met, ${run.repaired} repaired, ${counted(findings.length, 'finding')} open`,
  );
  if (run.status !== 'COMPLETED') return FAILED;
  return findings.length === 0 ? 0 : 1;
});

async function untilOver(where: Where, id: string, signal: AbortSignal): Promise<Run | undefined> {
  let shown = '';
  while (!signal.aborted) {
    const run = expected<Run>(await send(where, 'GET', `/reconciliations/${id}`), 200);
    const words = `${inWords(run)} so far`;
    if (process.stderr.isTTY) process.stderr.write(`\r${words.padEnd(shown.length)}`);
    shown = words;
    if (run.status !== 'RUNNING') {
      if (process.stderr.isTTY) process.stderr.write(`\r${' '.repeat(shown.length)}\r`);
      return run;
    }
    await delay(POLL_MILLISECONDS);
  }
  return undefined;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const inWords = ({ checked, unsettled }: Run): string =>
  [
    ...Object.entries(checked).map(([what, count]) => `${count} ${what}`),
    ...(unsettled > 0 ? [`${unsettled} cells that would not hold still`] : []),
  ].join(', ');

async function openFindings(where: Where): Promise<Finding[]> {
  const all: Finding[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      status: 'open',
      limit: '100',
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = expected<{ items: Finding[]; cursor?: string }>(
      await send(where, 'GET', `/findings?${query}`),
      200,
    );
    all.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

function expected<Body>(answer: Answer, status: number): Body {
  if (answer.status !== status) throw new Usage(`was answered ${answer.status} ${problemOf(answer)}`);
  // The contract says so.
  return answer.body as Body;
}

function argumentsOf() {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        full: { type: 'boolean' },
        wait: { type: 'boolean', default: true },
      },
    });
    return { url: values.url, token: values.token, full: values.full ?? false, isWaiting: values.wait };
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
}
