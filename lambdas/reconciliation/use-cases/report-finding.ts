import { RetryLaterError } from '../../shared/core/errors.ts';
import { deriveId } from '../../shared/core/fingerprint.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { type Detection, type Finding, mergeDetection } from '../domain/finding.ts';
import type { FindingStore } from './ports.ts';

/** The same disagreement has the same id, whoever finds it and however often. */
export const findingIdOf = ({ kind, subject }: Pick<Detection, 'kind' | 'subject'>): string =>
  `fnd_${deriveId(kind, subject)}`;

const ATTEMPTS_MAX = 8;

type ReportContext = {
  readonly reconciliationId?: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/** Opens the finding, or brings the one that is there up to date. */
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

/** Load, decide, save while the finding is at the version that was read; else again. */
export async function updateFinding(
  findings: FindingStore,
  findingId: string,
  decide: (before: Finding | undefined) => Finding,
): Promise<Finding> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const before = await findings.get(findingId);
    const after = decide(before);
    if (after === before || (await findings.save(after))) return after;
  }
  throw new RetryLaterError(`finding ${findingId} stayed busy for ${ATTEMPTS_MAX} tries`);
}
