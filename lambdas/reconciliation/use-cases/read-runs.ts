import type { FindingStatus } from '../../contracts/reconciliation-api.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { unlessUnreadable } from '../../shared/core/unreadable.ts';
import type { Finding } from '../domain/finding.ts';
import type { Run, Segment } from '../domain/run.ts';
import type { FindingStore, RunStore } from './ports.ts';

/** A run with its parts, which only a run under way has, and the number of its findings. */
export type RunShown = {
  readonly run: Run;
  readonly segments: readonly Segment[];
  readonly findings: number;
};

/** A run, and while it is under way how far it has come. */
export async function getReconciliation(
  runs: RunStore,
  reconciliationId: string,
): Promise<Result<RunShown, { readonly kind: 'notFound' }>> {
  const run = await runs.get(reconciliationId);
  if (run === undefined) return refused({ kind: 'notFound' });
  if (run.status !== 'RUNNING') return accepted({ run, segments: [], findings: run.findings });
  const [segments, noted] = await Promise.all([
    runs.segments(reconciliationId),
    runs.noted(reconciliationId),
  ]);
  return accepted({ run, segments, findings: noted.size });
}

export async function listReconciliations(
  runs: RunStore,
  request: PageRequest,
): Promise<Result<Page<RunShown>, never>> {
  const page = await runs.list(request);
  const items = await Promise.all(
    page.items.map(async (run) => ({
      run,
      segments:
        run.status === 'RUNNING'
          ? ((await unlessUnreadable(() => runs.segments(run.reconciliationId))) ?? [])
          : [],
      findings: run.findings,
    })),
  );
  return accepted({ ...page, items });
}

export async function getFinding(
  findings: FindingStore,
  findingId: string,
): Promise<Result<Finding, { readonly kind: 'notFound' }>> {
  const finding = await findings.get(findingId);
  return finding === undefined ? refused({ kind: 'notFound' }) : accepted(finding);
}

export const listFindings = async (
  findings: FindingStore,
  { status, ...request }: PageRequest & { readonly status: Lowercase<FindingStatus> },
): Promise<Result<Page<Finding>, never>> =>
  // The query's word in capitals is the status.
  accepted(await findings.list(status.toUpperCase() as FindingStatus, request));
