import type { Instant } from '../../../shared/core/instant.ts';
import type { Result } from '../../../shared/core/result.ts';
import { type DismissError, decideDismiss } from '../../domain/approval.ts';
import type { Finding } from '../../domain/finding.ts';
import type { FindingStore } from '../ports.ts';
import { decideOnFinding } from './update-finding.ts';

type DismissFindingInput = {
  readonly findingId: string;
  /** Revision of the finding that the person read. */
  readonly revision: number;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Instant;
};

/** Closes a finding as DISMISSED. A later run reopens it only if it then differs. */
export const dismissFinding = (
  findings: FindingStore,
  input: DismissFindingInput,
): Promise<Result<Finding, DismissError | { readonly kind: 'notFound' }>> =>
  decideOnFinding(findings, input.findingId, (finding) => decideDismiss(finding, input));
