import { Command } from '@commander-js/extra-typings';
import { resolveConnection } from '../client/connection.ts';
import { formatFindings } from '../finding-report.ts';
import { tokenOption, urlOption } from '../options.ts';
import { describeRun, listFindings, startRun, waitForCompletion } from '../reconciliation.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { pluralize } from '../text.ts';

const MILLISECONDS_PER_SECOND = 1_000;

export const createCommand = () =>
  new Command('reconcile')
    .summary('start a reconciliation, wait for it and print its open findings')
    .description(
      'Starts a reconciliation, waits for it and prints the open findings. Exits with 1 when findings are open.',
    )
    .option('--full', 'read every movement, also those behind a checkpoint')
    .option('--no-wait', 'return after the start')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (signal, { full = false, wait, url, token }) => {
        const connection = await resolveConnection({ url, token });
        const reconciliationId = await startRun(connection, full);
        console.log(`reconciliation ${reconciliationId}`);
        if (!wait) return EXIT_CODES.done;

        const startedAt = performance.now();
        const run = await waitForCompletion(connection, reconciliationId, signal);
        if (run === undefined) {
          console.log('The reconciliation continues without this command.');
          return EXIT_CODES.error;
        }
        const seconds = ((performance.now() - startedAt) / MILLISECONDS_PER_SECOND).toFixed(1);
        const findings = await listFindings(connection, 'open');
        console.log(formatFindings(findings, 'open', process.stdout.columns));
        console.log(
          `${run.status} in ${seconds} s: ${describeRun(run)}; ${pluralize(run.findings, 'disagreement')} found, ${run.repaired} repaired, ${pluralize(findings.length, 'finding')} open`,
        );
        if (run.status !== 'COMPLETED') {
          console.log(`It failed: ${run.failure}. See docs/runbook/reconciliation-failed.md.`);
          return EXIT_CODES.error;
        }
        return findings.length === 0 ? EXIT_CODES.done : EXIT_CODES.open;
      }),
    );
