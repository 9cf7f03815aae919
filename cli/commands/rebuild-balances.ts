import { Command } from '@commander-js/extra-typings';
import type { FindingView } from '../../lambdas/contracts/api/reconciliation.ts';
import { connect, describeRejection } from '../client/api-client.ts';
import { type Connection, resolveConnection } from '../client/connection.ts';
import { formatFindings } from '../finding-report.ts';
import { dryRunOption, tokenOption, urlOption } from '../options.ts';
import { describeRun, listFindings, startRun, waitForCompletion } from '../reconciliation.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { pluralize } from '../text.ts';

const REBUILD_ACTION = 'rebuildBalance';
const NOTE = 'stockbook rebuild-balances';

/**
 * Runs a reconciliation over every movement and approves the rebuilds that it proposes. Inventory
 * itself changes each balance, on condition that the cell is as it was audited, and records a
 * movement.
 */
export const createCommand = () =>
  new Command('rebuild-balances')
    .summary('set each wrong balance to the sum of its movements')
    .description(
      'Audits every movement, sets each wrong balance to the sum of its movements and audits again. Exits with 1 when findings are open.',
    )
    .addOption(dryRunOption('print the findings and rebuild nothing'))
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (signal, { dryRun = false, url, token }) => {
        const connection = await resolveConnection({ url, token });
        const before = await auditBalances(connection, signal);
        if (before === undefined) return EXIT_CODES.error;
        const rebuildable = before.filter(
          ({ proposedRepair }) => proposedRepair?.action === REBUILD_ACTION,
        );
        if (dryRun || rebuildable.length === 0) {
          console.log(formatFindings(before, 'open', process.stdout.columns));
          console.log(
            `${pluralize(rebuildable.length, 'balance')} ${dryRun ? 'would be rebuilt' : 'to rebuild'}`,
          );
          return before.length === 0 ? EXIT_CODES.done : EXIT_CODES.open;
        }

        let rebuilt = 0;
        for (const finding of rebuildable) {
          if (signal.aborted) return EXIT_CODES.error;
          const result = await approveRebuild(connection, finding);
          if (result.response.ok) rebuilt += 1;
          console.log(
            `${finding.subject}: ${result.response.ok ? 'rebuilt' : describeRejection(result)}`,
          );
        }
        console.log(
          `${rebuilt} of ${pluralize(rebuildable.length, 'balance')} rebuilt. Auditing again.`,
        );
        const after = await auditBalances(connection, signal);
        if (after === undefined) return EXIT_CODES.error;
        console.log(formatFindings(after, 'open', process.stdout.columns));
        return after.length === 0 ? EXIT_CODES.done : EXIT_CODES.open;
      }),
    );

/**
 * Returns the open findings after a reconciliation of every movement. Returns undefined when it did
 * not complete.
 */
async function auditBalances(
  connection: Connection,
  signal: AbortSignal,
): Promise<readonly FindingView[] | undefined> {
  const run = await waitForCompletion(connection, await startRun(connection, true), signal);
  if (run?.status !== 'COMPLETED') {
    console.log(
      run === undefined
        ? 'The reconciliation continues without this command.'
        : `The reconciliation is ${run.status}. See docs/runbook/reconciliation-failed.md.`,
    );
    return undefined;
  }
  console.log(`checked ${describeRun(run)}`);
  return listFindings(connection, 'open');
}

/**
 * Approves a rebuild. The key names the finding and its revision, so that a repeat of the command
 * approves it once.
 */
const approveRebuild = (connection: Connection, { findingId, revision }: FindingView) =>
  connect(connection).POST('/findings/{findingId}/approval', {
    params: {
      path: { findingId },
      header: { 'Idempotency-Key': `rebuild-balance-${findingId}-${revision}` },
    },
    body: { revision, note: NOTE },
  });
