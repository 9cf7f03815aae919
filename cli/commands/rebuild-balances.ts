import { parseArgs } from 'node:util';
import { type ApiResponse, describeProblem, sendRequest } from '../client/api-client.ts';
import { type Connection, resolveConnection, UserError } from '../client/connection.ts';
import { type Finding, formatFindings } from '../finding-report.ts';
import {
  describeRun,
  listOpenFindings,
  pluralize,
  type Run,
  startRun,
  waitForCompletion,
} from '../reconciliation.ts';
import { runCommand } from '../run-command.ts';

const USAGE = 'usage: npm run rebuild -- [--url URL] [--token TOKEN] [--dry-run]';
const REBUILD_ACTION = 'rebuildBalance';
const NOTE = 'npm run rebuild';
const FAILED = 2;

/**
 * Sets every balance to what its movements add up to: by a run that reads all movements, and by approving the repairs that it
 * proposes. So it is inventory that changes the balance, on condition that the cell is as it was audited, with a movement that says so.
 */
runCommand(async (signal) => {
  const { url, token, dryRun } = argumentsOf();
  const where = await resolveConnection({ url, token });
  const before = await auditBalances(where, signal);
  if (before === undefined) return FAILED;
  const rebuildable = before.filter(
    ({ proposedRepair }) => proposedRepair?.action === REBUILD_ACTION,
  );
  if (dryRun || rebuildable.length === 0) {
    console.log(formatFindings(before, process.stdout.columns));
    console.log(
      `${pluralize(rebuildable.length, 'balance')} ${dryRun ? 'would be' : 'to be'} rebuilt`,
    );
    return before.length === 0 ? 0 : 1;
  }

  let rebuilt = 0;
  for (const finding of rebuildable) {
    if (signal.aborted) return FAILED;
    const response = await approveRebuild(where, finding);
    if (response.status === 200) rebuilt += 1;
    console.log(
      `${finding.subject}: ${response.status === 200 ? 'rebuilt' : describeProblem(response)}`,
    );
  }
  console.log(
    `${rebuilt} of ${pluralize(rebuildable.length, 'balance')} rebuilt; once more, to see what is left:`,
  );
  const after = await auditBalances(where, signal);
  if (after === undefined) return FAILED;
  console.log(formatFindings(after, process.stdout.columns));
  return after.length === 0 ? 0 : 1;
});

/** What is open after a run over every movement; undefined where none came to its end. */
async function auditBalances(
  where: Connection,
  signal: AbortSignal,
): Promise<readonly Finding[] | undefined> {
  const run: Run | undefined = await waitForCompletion(where, await startRun(where, true), signal);
  if (run?.status !== 'COMPLETED') {
    console.log(
      run === undefined
        ? 'It goes on without being watched.'
        : `${run.status}: docs/runbook/reconciliation-failed.md`,
    );
    return undefined;
  }
  console.log(`checked ${describeRun(run)}`);
  return listOpenFindings(where);
}

/** The key names the finding and what was seen of it: repeated, it is approved once. */
const approveRebuild = (
  where: Connection,
  { findingId, revision }: Finding,
): Promise<ApiResponse> =>
  sendRequest(where, 'POST', `/findings/${encodeURIComponent(findingId)}/approval`, {
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
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}
