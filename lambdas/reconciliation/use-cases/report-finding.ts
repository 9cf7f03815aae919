import { RetryLater } from '../../shared/core/faults.ts';
import { idFrom } from '../../shared/core/fingerprint.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { type Detected, type Finding, seen } from '../domain/finding.ts';
import type { FindingStore } from './ports.ts';

/** The same disagreement has the same id, whoever finds it and however often. */
export const findingIdOf = ({ kind, subject }: Pick<Detected, 'kind' | 'subject'>): string =>
  `fnd_${idFrom(kind, subject)}`;

const TRIES_MAX = 8;

type Context = {
  readonly reconciliationId?: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/** Opens the finding, or brings the one that is there up to date. */
export async function reportFinding(
  findings: FindingStore,
  detected: Detected,
  context: Context,
): Promise<Finding> {
  const findingId = findingIdOf(detected);
  return changeFinding(findings, findingId, (before) =>
    seen(before, detected, { ...context, findingId }),
  );
}

/** Load, decide, save while the finding is at the version that was read; else again. */
export async function changeFinding(
  findings: FindingStore,
  findingId: string,
  decide: (before: Finding | undefined) => Finding,
): Promise<Finding> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const before = await findings.get(findingId);
    const after = decide(before);
    if (after === before || (await findings.save(after))) return after;
  }
  throw new RetryLater(`finding ${findingId} stayed busy for ${TRIES_MAX} tries`);
}
