import { expect, test } from 'vitest';
import { advanceFinding, mergeDetection } from '../../../lambdas/reconciliation/domain/finding.ts';

const NOON = Date.parse('2026-11-24T12:00:00.000Z');

const detection = {
  kind: 'BALANCE_DIFFERS',
  subject: 'cell:tea/main/0',
  expected: 2,
  actual: 1,
  difference: 1,
  units: 1,
  explanation: 'it differs',
  records: [],
  since: '2026-11-24T11:59:00.000Z',
} as const;
const contextOfRun = (reconciliationId: string) => ({
  findingId: 'fnd-1',
  reconciliationId,
  by: 'reconciler',
  correlationId: 'corr-1',
  now: NOON,
});

const repairedFinding = advanceFinding(
  mergeDetection(undefined, detection, contextOfRun('rec-1')),
  {
    status: 'REPAIRED',
    by: 'reconciler',
    now: NOON,
  },
);

test('a run does not reopen what it repaired, when a second worker read before the repair', () => {
  expect(mergeDetection(repairedFinding, detection, contextOfRun('rec-1'))).toBe(repairedFinding);
});

test('the next run that detects it reopens it', () => {
  expect(mergeDetection(repairedFinding, detection, contextOfRun('rec-2'))).toMatchObject({
    status: 'OPEN',
    occurrence: 2,
  });
});
