import {
  inBook,
  inCli,
  inDeadLetters,
  inOrders,
  inReconciliation,
  type Mutant,
} from '../mutant.ts';

const approval = inReconciliation('domain/approval');
const finding = inReconciliation('domain/finding');
const repairFinding = inReconciliation('use-cases/findings/repair-finding');
const repairInRun = inReconciliation('use-cases/findings/repair-in-run');
const repairClaims = inReconciliation('adapters/repair-claims');

/**
 * Guards of approvals: an approval does what was read, once, in the name of its approver, and
 * within the caps if policy approved it. A run is limited in time, retries soon, and ends.
 */
export const APPROVAL_MUTANTS: readonly Mutant[] = [
  approval(
    'an approval applies to a finding that has changed since it was read',
    "  if (finding.revision !== revision)\n    return err({ kind: 'revisionConflict', revision: finding.revision });\n",
    '',
  ),
  approval(
    'a dismissal closes a finding that has changed since it was read',
    "  if (finding.revision !== dismissal.revision)\n    return err({ kind: 'revisionConflict', revision: finding.revision });\n",
    '',
  ),
  finding(
    'an approval stays valid when the finding proposes another repair',
    "    if (status === 'APPROVED' && !isSame) {",
    "    if (status === 'APPROVED' && !isSame && detection.repair === undefined) {",
  ),
  finding(
    'a disagreement that recurs keeps its earlier revision',
    '    revision: (finding?.revision ?? 0) + 1,',
    '    revision: finding?.revision ?? 1,',
  ),
  approval(
    'an approval is granted while another decision about the same order is in progress',
    "      : err({ kind: 'alreadyApproved', orderDecision: approval.orderDecision });",
    '      : ok(finding);',
  ),
  approval(
    'the result of an approved repair is recorded for a newer proposal',
    "  if (revision === approval.revision)\n    return advanceFinding(finding, { status: 'REPAIRED', by, now, approval });",
    "  if (revision > 0) return advanceFinding(finding, { status: 'REPAIRED', by, now, approval });",
  ),
  approval(
    'a late rejection cancels a newer approval',
    "  if (finding.status !== 'APPROVED' || !isSameApproval(finding.approval, approval)) return finding;",
    "  if (finding.status !== 'APPROVED' || approval === undefined) return finding;",
  ),
  repairInRun(
    'the alert-only policy performs repairs',
    'if (repair === undefined || !isAutomaticRepair(policy, repair)) {',
    'if (repair === undefined) {',
  ),
  repairFinding(
    'a retry is sent in the name of the process that retries',
    '  const result = await repairs.repair({ findingId, command, by, correlationId });\n  if (result.ok) {',
    '  const result = await repairs.repair({ findingId, command, by: RECONCILER, correlationId });\n  if (result.ok) {',
  ),
  repairFinding(
    'the latest proposal is sent instead of the approved one',
    '  const { command, by, orderDecision, at } = approval;',
    '  const { by, orderDecision, at } = approval;\n  const command = finding.repair?.command ?? approval.command;',
  ),
  repairInRun(
    'one failed repair prevents the run from completing',
    '    if (isTransient(error))\n',
    '    if (findingId !== undefined) throw error;\n    if (isTransient(error))\n',
  ),
  repairInRun(
    'the policy approves a newer proposal than the one it evaluated',
    'decideApprove(before, { revision, by: RECONCILER',
    'decideApprove(before, { revision: before.revision, by: RECONCILER',
  ),
  repairInRun(
    'a repair approved by policy runs after the policy stopped allowing it',
    "  const isDecidedByPolicy =\n    status === 'OPEN' || (status === 'APPROVED' && approval?.isByPolicy === true);",
    "  const isDecidedByPolicy = status === 'OPEN';",
  ),
  repairInRun(
    'the claim of a repair that may have been performed is released',
    '  if (!isRepaired && !isStillApproved) await',
    '  if (!isRepaired) await',
  ),
  repairClaims(
    'a finding uses its claim for a different repair',
    'claimedRevision?.N === String(revision)',
    'claimedRevision !== undefined',
  ),
  repairClaims(
    'another finding can release the claim',
    "'findingId = :findingId AND revision = :revision'",
    "'findingId <> :findingId OR revision <= :revision'",
  ),
  inReconciliation('use-cases/runs/process-work')(
    'a message of an earlier approval acts on a later approval',
    '  if (finding?.approval?.at !== approvedAt) return;',
    '  if (finding === undefined) return;',
  ),
  inBook('use-cases/audit/repair-stock')(
    'a repeated count by a different person counts as a different request',
    'fingerprintOfCount = ({ by: _by, ...count }: PostCountRequest): string =>',
    'fingerprintOfCount = (count: PostCountRequest): string =>',
  ),
  inOrders('use-cases/staff/repair-order')(
    'a repeated order repair is not recognized',
    'operationId: operationIdOf(input) };',
    'operationId: String(input.now) };',
  ),
  inReconciliation('use-cases/runs/process-work')(
    'a failed segment waits for the visibility timeout of its queue',
    '    await retrySegment(ports, segmentId, error, clock());',
    '    throw error;',
  ),
  inReconciliation('use-cases/runs/retry-segment')(
    'a run that makes no progress never ends',
    '  if (failedAttempts === undefined || failedAttempts.count >= ATTEMPTS_MAX)\n    return recordRunFailure(ports, segmentId, cause, now);\n',
    '  if (failedAttempts === undefined) return;\n',
  ),
  inReconciliation('domain/run')(
    'failed attempts of one page count for the next page',
    '{ cursor: _before, failedAttempts: _failed, ...segment }: Segment,',
    '{ cursor: _before, ...segment }: Segment,',
  ),
  inReconciliation('domain/phases')(
    'each segment that ends enqueues the segments of its phase again',
    'PHASES.findIndex((targets) => targets.includes(target)) > phase,',
    'PHASES.findIndex((targets) => targets.includes(target)) >= phase,',
  ),
  inReconciliation('use-cases/findings/process-detection')(
    'repairs start after the repair deadline',
    '  if (clock() >= repairDeadline) return',
    '  if (clock() >= repairDeadline + 3_600_000) return',
  ),
  inReconciliation('use-cases/cells/scan-cells')(
    'committed reservations beyond the first page are not checked',
    '  const isLast = page.committed.length <= committedNext;',
    '  const isLast = page.committed.length >= 0 || committedNext < 0;',
  ),
  inBook('use-cases/audit/audit-cells')(
    'a page of an audit has no time limit',
    '(isFullPage || clock() >= endsAt)',
    '(isFullPage || clock() >= endsAt * 2)',
  ),
  inCli('reconciliation')(
    'the command waits forever for a run that makes no progress',
    '    if (now - progressAt >= idleMilliseconds) {',
    '    if (now - progressAt >= Number.MAX_SAFE_INTEGER) {',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a message is redriven although its verdict has changed',
    '  assessment.verdict === expectedVerdict\n',
    '  assessment.verdict === expectedVerdict || expectedVerdict !== undefined\n',
  ),
];
