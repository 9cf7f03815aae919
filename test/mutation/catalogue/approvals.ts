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
    'an approval allows what was not seen',
    "  if (finding.revision !== revision)\n    return err({ kind: 'revisionConflict', revision: finding.revision });\n",
    '',
  ),
  approval(
    'a dismissal closes what was not seen',
    "  if (finding.revision !== dismissal.revision)\n    return err({ kind: 'revisionConflict', revision: finding.revision });\n",
    '',
  ),
  finding(
    'an approval stands though the finding proposes something else',
    "    if (status === 'APPROVED' && !isSame) {",
    "    if (status === 'APPROVED' && !isSame && detection.repair === undefined) {",
  ),
  finding(
    'a disagreement that comes back has the revision of before',
    '    revision: (finding?.revision ?? 0) + 1,',
    '    revision: finding?.revision ?? 1,',
  ),
  approval(
    'an approval is given though another decision about its orders is under way',
    "      : err({ kind: 'alreadyApproved', orderDecision: approval.orderDecision });",
    '      : ok(finding);',
  ),
  approval(
    'what was done counts for what is proposed by now',
    "  if (revision === approval.revision)\n    return advanceFinding(finding, { status: 'REPAIRED', by, now, approval });",
    "  if (revision > 0) return advanceFinding(finding, { status: 'REPAIRED', by, now, approval });",
  ),
  approval(
    'a late rejection takes back another approval',
    "  if (finding.status !== 'APPROVED' || !isSameApproval(finding.approval, approval)) return finding;",
    "  if (finding.status !== 'APPROVED' || approval === undefined) return finding;",
  ),
  repairInRun(
    'policy alert repairs',
    'if (repair === undefined || !isAutomaticRepair(policy, repair)) {',
    'if (repair === undefined) {',
  ),
  repairFinding(
    'a repeat is sent in the name of the repeating process',
    '  const result = await repairs.repair({ findingId, command, by, correlationId });\n  if (result.ok) {',
    '  const result = await repairs.repair({ findingId, command, by: RECONCILER, correlationId });\n  if (result.ok) {',
  ),
  repairFinding(
    'what is sent is what is proposed, not what was approved',
    '  const { command, by, orderDecision, at } = approval;',
    '  const { by, orderDecision, at } = approval;\n  const command = finding.repair?.command ?? approval.command;',
  ),
  repairInRun(
    'one repair that fails keeps the run from concluding',
    '    if (isTransient(error))\n',
    '    if (findingId !== undefined) throw error;\n    if (isTransient(error))\n',
  ),
  repairInRun(
    'policy approves what another look proposes meanwhile',
    'decideApprove(before, { revision, by: RECONCILER',
    'decideApprove(before, { revision: before.revision, by: RECONCILER',
  ),
  repairInRun(
    'what policy approved is done though policy no longer allows it',
    "  const isDecidedByPolicy =\n    status === 'OPEN' || (status === 'APPROVED' && approval?.isByPolicy === true);",
    "  const isDecidedByPolicy = status === 'OPEN';",
  ),
  repairInRun(
    'the claim of a repair that may have been done is given back',
    '  if (!isRepaired && !isStillApproved) await',
    '  if (!isRepaired) await',
  ),
  repairClaims(
    'a finding uses its claim for another repair',
    'claimedRevision?.N === String(revision)',
    'claimedRevision !== undefined',
  ),
  repairClaims(
    'a claim is given back by another finding',
    "'findingId = :findingId AND revision = :revision'",
    "'findingId <> :findingId OR revision <= :revision'",
  ),
  inReconciliation('use-cases/runs/process-work')(
    'a message of an earlier approval acts for a later one',
    '  if (finding?.approval?.at !== approvedAt) return;',
    '  if (finding === undefined) return;',
  ),
  inBook('use-cases/audit/repair-stock')(
    'a count is another one when another person repeats it',
    'fingerprintOfCount = ({ by: _by, ...count }: PostCountRequest): string =>',
    'fingerprintOfCount = (count: PostCountRequest): string =>',
  ),
  inOrders('use-cases/staff/repair-order')(
    'a repair of an order is not known again',
    'operationId: operationIdOf(input) };',
    'operationId: String(input.now) };',
  ),
  inReconciliation('use-cases/runs/process-work')(
    'a part that fails waits for the visibility timeout of its queue',
    '    await retrySegment(ports, segmentId, error, clock());',
    '    throw error;',
  ),
  inReconciliation('use-cases/runs/retry-segment')(
    'a run that never comes further never ends',
    '  if (failedAttempts === undefined || failedAttempts.count >= ATTEMPTS_MAX)\n    return recordRunFailure(ports, segmentId, cause, now);\n',
    '  if (failedAttempts === undefined) return;\n',
  ),
  inReconciliation('domain/run')(
    'attempts that failed count for the next page',
    '{ cursor: _before, failedAttempts: _failed, ...segment }: Segment,',
    '{ cursor: _before, ...segment }: Segment,',
  ),
  inReconciliation('domain/phases')(
    'the parts of a phase are sent again by each part that ends',
    'PHASES.findIndex((targets) => targets.includes(target)) > phase,',
    'PHASES.findIndex((targets) => targets.includes(target)) >= phase,',
  ),
  inReconciliation('use-cases/findings/process-detection')(
    'repairs are begun though the time is up',
    '  if (clock() >= repairDeadline) return',
    '  if (clock() >= repairDeadline + 3_600_000) return',
  ),
  inReconciliation('use-cases/cells/scan-cells')(
    'committed reservations beyond the first page are not looked at',
    '  const isLast = page.committed.length <= committedNext;',
    '  const isLast = page.committed.length >= 0 || committedNext < 0;',
  ),
  inBook('use-cases/audit/audit-cells')(
    'a page of an audit is not bounded by time',
    '(isFullPage || clock() >= endsAt)',
    '(isFullPage || clock() >= endsAt * 2)',
  ),
  inCli('reconciliation')(
    'a run that makes no progress is watched for ever',
    '    if (now - progressAt >= idleMilliseconds) {',
    '    if (now - progressAt >= Number.MAX_SAFE_INTEGER) {',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a message is redriven though it is judged otherwise than it was seen',
    '  assessment.verdict === expectedVerdict\n',
    '  assessment.verdict === expectedVerdict || expectedVerdict !== undefined\n',
  ),
];
