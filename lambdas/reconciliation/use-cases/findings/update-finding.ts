import { err, type Result } from '../../../shared/core/result.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
import type { Finding } from '../../domain/finding.ts';
import type { FindingStore } from '../ports.ts';

const ATTEMPTS_MAX = 8;

/** Replaces a finding by the one that `update` returns, and returns it. */
export const updateFinding = (
  findings: FindingStore,
  findingId: string,
  update: (stored: Finding | undefined) => Finding,
): Promise<Finding> =>
  saveChange(findings, findingId, (stored) => {
    const finding = update(stored);
    return { finding, result: finding };
  });

/** Applies a decision about a stored finding. Saves nothing if the decision is an error. */
export const decideOnFinding = <E>(
  findings: FindingStore,
  findingId: string,
  decide: (stored: Finding) => Result<Finding, E>,
): Promise<Result<Finding, E | { readonly kind: 'notFound' }>> =>
  saveChange<Result<Finding, E | { readonly kind: 'notFound' }>>(findings, findingId, (stored) => {
    if (stored === undefined) return { result: err({ kind: 'notFound' }) };
    const result = decide(stored);
    return result.ok ? { finding: result.value, result } : { result };
  });

/** The finding to save, absent if nothing changes, and what the caller receives. */
type FindingChange<T> = { readonly finding?: Finding; readonly result: T };

/**
 * Loads a finding, decides and saves it. Decides again if another request saved it first. Throws
 * RetryLaterError after the last attempt.
 */
function saveChange<T>(
  findings: FindingStore,
  findingId: string,
  change: (stored: Finding | undefined) => FindingChange<T>,
): Promise<T> {
  return retryOptimistic({ attempts: ATTEMPTS_MAX, what: `finding ${findingId}` }, async () => {
    const stored = await findings.get(findingId);
    const { finding, result } = change(stored);
    const isChanged = finding !== undefined && finding !== stored;
    return isChanged && !(await findings.save(finding)) ? undefined : result;
  });
}
