import { parseArgs } from 'node:util';
import { resolveConnection, UserError } from '../client/connection.ts';
import { formatFindings } from '../finding-report.ts';
import {
  describeRun,
  listOpenFindings,
  pluralize,
  startRun,
  waitForCompletion,
} from '../reconciliation.ts';
import { runCommand } from '../run-command.ts';

const USAGE = 'usage: npm run reconcile -- [--url URL] [--token TOKEN] [--full] [--no-wait]';
const FAILED = 2;
const MILLISECONDS_PER_SECOND = 1_000;

runCommand(async (signal) => {
  const { url, token, full, isWaiting } = argumentsOf();
  const where = await resolveConnection({ url, token });
  const reconciliationId = await startRun(where, full);
  console.log(`reconciliation ${reconciliationId}`);
  if (!isWaiting) return 0;

  const startedAt = performance.now();
  const run = await waitForCompletion(where, reconciliationId, signal);
  if (run === undefined) {
    console.log('It goes on without being watched.');
    return FAILED;
  }
  const seconds = ((performance.now() - startedAt) / MILLISECONDS_PER_SECOND).toFixed(1);
  const findings = await listOpenFindings(where);
  console.log(formatFindings(findings, process.stdout.columns));
  console.log(
    `${run.status} in ${seconds} s: ${describeRun(run)}; ${pluralize(run.findings, 'disagreement')} met, ${run.repaired} repaired, ${pluralize(findings.length, 'finding')} open`,
  );
  if (run.status !== 'COMPLETED') {
    console.log(`It failed: ${run.failure}. See docs/runbook/reconciliation-failed.md.`);
    return FAILED;
  }
  return findings.length === 0 ? 0 : 1;
});

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
    return {
      url: values.url,
      token: values.token,
      full: values.full ?? false,
      isWaiting: values.wait,
    };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}
