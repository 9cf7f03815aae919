import Table from 'cli-table3';
import type { FindingView } from '../lambdas/contracts/api/reconciliation.ts';
import { TABLE_STYLE } from '../local/terminal/table.ts';
import { type ComparedFinding, describeDifference } from './finding-difference.ts';
import { formatNumbered } from './text.ts';

export const FINDING_STATUSES = ['open', 'approved', 'repaired', 'dismissed', 'closed'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** Parts of a finding that are printed. */
type PrintedFinding = Pick<
  FindingView,
  | 'findingId'
  | 'revision'
  | 'kind'
  | 'subject'
  | 'explanation'
  | 'since'
  | 'proposedRepair'
  | 'lastError'
> &
  ComparedFinding;

/** Returns a table of the findings of one status, followed by the explanation of each. */
export function formatFindings(
  findings: readonly PrintedFinding[],
  status: FindingStatus,
  width: number | undefined,
): string {
  if (findings.length === 0)
    return status === 'open' ? 'No open findings: the books agree.' : `No ${status} findings.`;
  const table = new Table({
    head: ['#', 'kind', 'subject', 'difference', 'since', 'repair'],
    style: TABLE_STYLE,
  });
  table.push(
    ...findings.map((finding, index) => [
      String(index + 1),
      finding.kind,
      finding.subject,
      describeDifference(finding),
      finding.since,
      finding.proposedRepair?.action ?? 'none',
    ]),
  );
  return [
    table.toString(),
    ...findings.map((finding, index) => formatFinding(finding, index + 1, width)),
  ].join('\n');
}

function formatFinding(
  { findingId, revision, explanation, proposedRepair, lastError, kind }: PrintedFinding,
  number: number,
  width: number | undefined,
): string {
  const lines = [
    explanation,
    proposedRepair === undefined
      ? `It needs a decision: see docs/runbook/${kind}.md.`
      : `Approval: ${proposedRepair.effect}`,
    ...(lastError === undefined ? [] : [lastError]),
    `finding ${findingId}, revision ${revision}`,
  ];
  return formatNumbered(number, lines, width);
}
