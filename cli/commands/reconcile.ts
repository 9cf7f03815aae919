import { parseArgs } from 'node:util';
import { Usage, whereFrom } from '../client/where.ts';
import { findingReport } from '../finding-report.ts';
import { counted, inWords, openFindings, startRun, untilOver } from '../reconciliation.ts';
import { ended } from '../run.ts';

const USAGE = 'usage: npm run reconcile -- [--url URL] [--token TOKEN] [--full] [--no-wait]';
const FAILED = 2;
const MILLISECONDS_PER_SECOND = 1_000;

ended(async (signal) => {
  const { url, token, full, isWaiting } = argumentsOf();
  const where = await whereFrom({ url, token });
  const reconciliationId = await startRun(where, full);
  console.log(`reconciliation ${reconciliationId}`);
  if (!isWaiting) return 0;

  const startedAt = performance.now();
  const run = await untilOver(where, reconciliationId, signal);
  if (run === undefined) {
    console.log('It goes on without being watched.');
    return FAILED;
  }
  const seconds = ((performance.now() - startedAt) / MILLISECONDS_PER_SECOND).toFixed(1);
  const findings = await openFindings(where);
  console.log(findingReport(findings, process.stdout.columns));
  console.log(
    `${run.status} in ${seconds} s: ${inWords(run)}; ${counted(run.findings, 'disagreement')} met, ${run.repaired} repaired, ${counted(findings.length, 'finding')} open`,
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
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
}
