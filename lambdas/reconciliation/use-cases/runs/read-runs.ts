import type { FindingStatus } from '../../../contracts/api/reconciliation.ts';
import type { Page, PageRequest } from '../../../shared/core/page.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import type { Finding } from '../../domain/finding.ts';
import type { RunDetails } from '../../domain/run.ts';
import type { FindingStore, RunStore } from '../ports.ts';

/** Returns a run. A run under way includes its segments and the number of its findings. */
export async function getReconciliation(
  runs: RunStore,
  reconciliationId: string,
): Promise<Result<RunDetails, { readonly kind: 'notFound' }>> {
  const run = await runs.get(reconciliationId);
  if (run === undefined) return err({ kind: 'notFound' });
  if (run.status !== 'RUNNING') return ok({ run, segments: [], findings: run.findings });
  const [segments, runFindings] = await Promise.all([
    runs.listSegments(reconciliationId),
    runs.listRunFindings(reconciliationId),
  ]);
  return ok({ run, segments, findings: runFindings.size });
}

export async function listReconciliations(
  runs: RunStore,
  request: PageRequest,
): Promise<Result<Page<RunDetails>, never>> {
  const page = await runs.list(request);
  const items = await Promise.all(
    page.items.map(async (run) => ({
      run,
      segments:
        run.status === 'RUNNING'
          ? ((await tryRead(() => runs.listSegments(run.reconciliationId))) ?? [])
          : [],
      findings: run.findings,
    })),
  );
  return ok({ ...page, items });
}

export async function getFinding(
  findings: FindingStore,
  findingId: string,
): Promise<Result<Finding, { readonly kind: 'notFound' }>> {
  const finding = await findings.get(findingId);
  return finding === undefined ? err({ kind: 'notFound' }) : ok(finding);
}

export const listFindings = async (
  findings: FindingStore,
  { status, ...request }: PageRequest & { readonly status: Lowercase<FindingStatus> },
): Promise<Result<Page<Finding>, never>> =>
  // The query has the status in lower case.
  ok(await findings.list(status.toUpperCase() as FindingStatus, request));
