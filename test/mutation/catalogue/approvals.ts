import { type Mutant, ofBook, ofOperations, ofOrders, ofRuns, ofTools } from '../mutant.ts';

const approval = ofRuns('domain/approval');
const finding = ofRuns('domain/finding');
const repairing = ofRuns('use-cases/repair-finding');
const runStore = ofRuns('adapters/dynamo-run-store');

/**
 * An approval does what was seen, once, in the name of its approver, and within the caps where policy approved it. A run is bounded by time,
 * retries soon, and ends.
 */
export const OF_APPROVALS: readonly Mutant[] = [
  approval(
    'an approval allows what was not seen',
    "  if (finding.revision !== revision)\n    return refused({ kind: 'changed', revision: finding.revision });",
    '',
  ),
  approval(
    'a dismissal closes what was not seen',
    "  if (finding.revision !== dismissal.revision)\n    return refused({ kind: 'changed', revision: finding.revision });\n",
    '',
  ),
  finding(
    'an approval stands though the finding proposes something else',
    "    if (status === 'APPROVED' && !isSame) {",
    "    if (status === 'APPROVED' && !isSame && detected.repair === undefined) {",
  ),
  finding(
    'a disagreement that comes back has the revision of before',
    '    revision: (before?.revision ?? 0) + 1,',
    '    revision: before?.revision ?? 1,',
  ),
  approval(
    'an approval is given though another decision about its orders is under way',
    "      : refused({ kind: 'approvedOtherwise', orders: approval.orders });",
    '      : accepted(finding);',
  ),
  approval(
    'what was done counts for what is proposed by now',
    "  if (revision === approval.revision)\n    return stepped(finding, { status: 'REPAIRED', by, now, approval });",
    "  if (revision > 0) return stepped(finding, { status: 'REPAIRED', by, now, approval });",
  ),
  approval(
    'a late rejection takes back another approval',
    "  if (finding.status !== 'APPROVED' || !isSameApproval(finding.approval, approval)) return finding;",
    "  if (finding.status !== 'APPROVED' || approval === undefined) return finding;",
  ),
  repairing(
    'policy alert repairs',
    'if (repair === undefined || !isAutomatic(policy, repair)) {',
    'if (repair === undefined) {',
  ),
  repairing(
    'a repeat is sent in the name of the repeating process',
    '  const result = await owners.repair({ findingId, command, by, correlationId });\n  if (result.ok) {',
    '  const result = await owners.repair({ findingId, command, by: RECONCILER, correlationId });\n  if (result.ok) {',
  ),
  repairing(
    'what is sent is what is proposed, not what was approved',
    '  const { command, by, orders, at } = approval;',
    '  const { by, orders, at } = approval;\n  const command = finding.repair?.command ?? approval.command;',
  ),
  repairing(
    'one repair that fails keeps the run from concluding',
    '    if (isTransient(fault))\n',
    '    if (findingId !== undefined) throw fault;\n    if (isTransient(fault))\n',
  ),
  repairing(
    'policy approves what another look proposes meanwhile',
    'decideApprove(before, { revision, by: RECONCILER',
    'decideApprove(before, { revision: before.revision, by: RECONCILER',
  ),
  repairing(
    'what policy approved is done though policy no longer allows it',
    "  const isPolicyMatter =\n    status === 'OPEN' || (status === 'APPROVED' && approval?.isByPolicy === true);",
    "  const isPolicyMatter = status === 'OPEN';",
  ),
  repairing(
    'the claim of a repair that may have been done is given back',
    '  if (!isRepaired && !isStillToDo) await',
    '  if (!isRepaired) await',
  ),
  runStore(
    'a finding uses its claim for another repair',
    'held?.N === String(revision)',
    'held !== undefined',
  ),
  runStore(
    'a claim is given back by another finding',
    "'findingId = :findingId AND revision = :revision'",
    "'findingId <> :findingId OR revision <= :revision'",
  ),
  ofRuns('use-cases/work')(
    'a message of an earlier approval acts for a later one',
    '  if (finding?.approval?.at !== one.approvedAt) return;',
    '  if (finding === undefined) return;',
  ),
  ofBook('use-cases/audit/repair-stock')(
    'a count is another one when another person repeats it',
    'fingerprintOfCount = ({ by: _by, ...count }: PostCountRequest): string =>',
    'fingerprintOfCount = (count: PostCountRequest): string =>',
  ),
  ofOrders('use-cases/repair-order')(
    'a repair of an order is not known again',
    'operationId: operationIdOf(asked) };',
    'operationId: String(asked.now) };',
  ),
  ofRuns('use-cases/work')(
    'a part that fails waits for the visibility timeout of its queue',
    '    await retry(ports, part, fault, clock());',
    '    throw fault;',
  ),
  ofRuns('use-cases/work')(
    'a run that never comes further never ends',
    '  if (miss === undefined || miss.count >= MISSES_MAX) return fail(ports, part, fault, now);\n',
    '  if (miss === undefined) return;\n',
  ),
  ofRuns('domain/run')(
    'attempts that failed count for the next page',
    '{ cursor: _before, miss: _miss, ...segment }: Segment,',
    '{ cursor: _before, ...segment }: Segment,',
  ),
  ofRuns('domain/run')(
    'the parts of a phase are sent again by each part that ends',
    '  return open.every(({ walk }) => PHASES.findIndex((walks) => walks.includes(walk)) > phase);',
    '  return open.every(({ walk }) => PHASES.findIndex((walks) => walks.includes(walk)) >= phase);',
  ),
  ofRuns('use-cases/reconcile')(
    'repairs are begun though the time is up',
    '      if (clock() >= repairDeadline) {',
    '      if (clock() >= repairDeadline + 3_600_000) {',
  ),
  ofRuns('use-cases/walk-cells')(
    'committed reservations beyond the first page are not looked at',
    '  const isLast = page.committed.length <= committedNext;',
    '  const isLast = page.committed.length >= 0 || committedNext < 0;',
  ),
  ofBook('use-cases/audit/audit-cells')(
    'a page of an audit is not bounded by time',
    '(isFullPage || clock() >= endsAt)',
    '(isFullPage || clock() >= endsAt * 2)',
  ),
  ofTools('reconciliation')(
    'a run that makes no progress is watched for ever',
    '    if (now - progressAt >= idleMilliseconds) {',
    '    if (now - progressAt >= Number.MAX_SAFE_INTEGER) {',
  ),
  ofOperations('use-cases/treat-letters')(
    'a message is redriven though it is judged otherwise than it was seen',
    '  judgement.verdict === seen\n',
    '  judgement.verdict === seen || seen !== undefined\n',
  ),
];
