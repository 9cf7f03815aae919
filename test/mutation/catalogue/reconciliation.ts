import { inReconciliation, type Mutant } from '../mutant.ts';

const repairClaims = inReconciliation('adapters/repair-claims');

/** Guards of reconciliation: when it reports, and how much it may repair. */
export const RECONCILIATION_MUTANTS: readonly Mutant[] = [
  inReconciliation('use-cases/runs/scan-input')(
    'a disagreement is reported at the first read',
    '  return (await readAgain()).filter((detection) =>\n    firstDetections.some((first) => isSameDisagreement(first, detection)),\n  );',
    '  return [...firstDetections];',
  ),
  inReconciliation('domain/checks/check-orders')(
    'work in progress is reported as a finding',
    '      return age < GRACE_SECONDS\n        ? []\n        : [...checkOrderStock(snapshot, age), ...checkOrderCapture(snapshot, now)];',
    '      return age < 0\n        ? []\n        : [...checkOrderStock(snapshot, age), ...checkOrderCapture(snapshot, now)];',
  ),
  repairClaims(
    'the store does not enforce the repair caps',
    "      ConditionExpression: 'attribute_not_exists(units) OR units <= :left',",
    "      ConditionExpression: 'attribute_not_exists(units) OR units <= :left OR units > :left',",
  ),
  repairClaims(
    'a repair is claimed twice in one run',
    "              ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
];
