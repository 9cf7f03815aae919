import { parseArgs } from 'node:util';
import { type Answer, problemOf, send } from '../client/client.ts';
import { Usage, type Where, whereFrom } from '../client/where.ts';
import { type Finding, findingReport } from '../finding-report.ts';
import {
  counted,
  inWords,
  openFindings,
  type Run,
  startRun,
  untilOver,
} from '../reconciliation.ts';
import { ended } from '../run.ts';

const USAGE = 'usage: npm run rebuild -- [--url URL] [--token TOKEN] [--dry-run]';
const REBUILD = 'rebuildBalance';
const NOTE = 'npm run rebuild';
const FAILED = 2;

/**
 * Sets every balance to what its movements add up to: by a run that reads all movements, and by approving the repairs that it
 * proposes. So it is inventory that changes the balance, on condition that the cell is as it was audited, with a movement that says so.
 */
ended(async (signal) => {
  const { url, token, dryRun } = argumentsOf();
  const where = await whereFrom({ url, token });
  const before = await audited(where, signal);
  if (before === undefined) return FAILED;
  const rebuildable = before.filter(({ proposedRepair }) => proposedRepair?.action === REBUILD);
  if (dryRun || rebuildable.length === 0) {
    console.log(findingReport(before, process.stdout.columns));
    console.log(
      `${counted(rebuildable.length, 'balance')} ${dryRun ? 'would be' : 'to be'} rebuilt`,
    );
    return before.length === 0 ? 0 : 1;
  }

  let rebuilt = 0;
  for (const finding of rebuildable) {
    if (signal.aborted) return FAILED;
    const answer = await approve(where, finding);
    if (answer.status === 200) rebuilt += 1;
    console.log(`${finding.subject}: ${answer.status === 200 ? 'rebuilt' : problemOf(answer)}`);
  }
  console.log(
    `${rebuilt} of ${counted(rebuildable.length, 'balance')} rebuilt; once more, to see what is left:`,
  );
  const after = await audited(where, signal);
  if (after === undefined) return FAILED;
  console.log(findingReport(after, process.stdout.columns));
  return after.length === 0 ? 0 : 1;
});

/** What is open after a run over every movement; undefined where none came to its end. */
async function audited(where: Where, signal: AbortSignal): Promise<readonly Finding[] | undefined> {
  const run: Run | undefined = await untilOver(where, await startRun(where, true), signal);
  if (run?.status !== 'COMPLETED') {
    console.log(
      run === undefined
        ? 'It goes on without being watched.'
        : `${run.status}: docs/runbook/reconciliation-failed.md`,
    );
    return undefined;
  }
  console.log(`checked ${inWords(run)}`);
  return openFindings(where);
}

/** The key names the finding and what was seen of it: repeated, it is approved once. */
const approve = (where: Where, { findingId, revision }: Finding): Promise<Answer> =>
  send(where, 'POST', `/findings/${encodeURIComponent(findingId)}/approval`, {
    body: { revision, note: NOTE },
    key: `rebuild-${findingId}-${revision}`,
  });

function argumentsOf() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        'dry-run': { type: 'boolean' },
      },
    });
    return { url: values.url, token: values.token, dryRun: values['dry-run'] ?? false };
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
}
