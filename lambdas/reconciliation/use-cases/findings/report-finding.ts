import { deriveId } from '../../../shared/core/fingerprint.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { type Detection, type Finding, mergeDetection } from '../../domain/finding.ts';
import type { FindingStore } from '../ports.ts';
import { updateFinding } from './update-finding.ts';

/** Returns the id of a finding. The same disagreement always has the same id. */
export const findingIdOf = ({ kind, subject }: Pick<Detection, 'kind' | 'subject'>): string =>
  `fnd_${deriveId(kind, subject)}`;

type ReportContext = {
  readonly reconciliationId?: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/** Opens a finding for a detection, or updates the stored finding. */
export async function reportFinding(
  findings: FindingStore,
  detection: Detection,
  context: ReportContext,
): Promise<Finding> {
  const findingId = findingIdOf(detection);
  return updateFinding(findings, findingId, (before) =>
    mergeDetection(before, detection, { ...context, findingId }),
  );
}
