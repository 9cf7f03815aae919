import { expect, test } from 'vitest';
import { seen, stepped } from '../../../lambdas/reconciliation/domain/finding.ts';

const NOON = Date.parse('2026-11-24T12:00:00.000Z');

const detected = {
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
const seenBy = (reconciliationId: string) => ({
  findingId: 'fnd-1',
  reconciliationId,
  by: 'reconciler',
  correlationId: 'corr-1',
  now: NOON,
});

const repaired = stepped(seen(undefined, detected, seenBy('rec-1')), {
  status: 'REPAIRED',
  by: 'reconciler',
  now: NOON,
});

test('a second worker of the run, which looked before the repair, does not open what was repaired', () => {
  expect(seen(repaired, detected, seenBy('rec-1'))).toBe(repaired);
});

test('the next run that sees it opens it again', () => {
  expect(seen(repaired, detected, seenBy('rec-2'))).toMatchObject({
    status: 'OPEN',
    occurrence: 2,
  });
});
