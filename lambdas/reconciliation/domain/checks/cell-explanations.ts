import type { CellDisagreement } from '../../../contracts/api/audit.ts';

/** Explains missing movements by the records that include them. */
export function explainMissingMovements(
  cellName: string,
  movements: string,
  { isCertain, isRestorable }: { readonly isCertain: boolean; readonly isRestorable: boolean },
): string {
  if (isCertain)
    return `Movements of ${cellName} are missing: ${movements}. The operation or reservation records and the balance include them, so the movements were lost.`;
  const disagreement = `A record of an operation or reservation includes ${movements} in ${cellName}, but the movements do not`;
  return isRestorable
    ? `${disagreement}, and the balance was also changed by something else. Check that the goods moved before you approve.`
    : `${disagreement}, and neither does the balance.`;
}

const MOVEMENTS_TRUSTED =
  "All records of operations and reservations agree with the movements, so the balance was not changed by Stockbook's commands.";
const DOUBT_EXPLANATIONS: Readonly<Record<Doubt, string>> = {
  RECORD_CONFLICT:
    'The movements are uncertain too: another finding reports that a record of this cell disagrees with them or is missing. Repair that finding first. The next reconciliation then checks the balance again.',
  OPERATION_RECORD_MISSING:
    'The operation record of a receipt, adjustment or repair of this cell is missing. Check that its movement is real before you approve.',
  NEGATIVE_SUM:
    'The sum of the movements is below 0, so the movements are wrong too. A person must decide which is right.',
  OPEN_HOLD:
    'Units are held in a bucket that has not expired, without a movement. They may belong to a hold whose record and movement are both lost. After the bucket expires, the next reconciliation proposes the repair.',
  UNREADABLE_RECORD:
    'A record of this cell cannot be read and may disagree. Repair that record first (RECORD_UNREADABLE). The next reconciliation then checks the balance again.',
};
type Doubt = NonNullable<(CellDisagreement & { kind: 'BALANCE_DIFFERS' })['doubt']>;

/** Explains why a balance is wrong, or why this is uncertain. */
export const explainBalanceDoubt = (doubt: Doubt | undefined): string =>
  doubt === undefined ? MOVEMENTS_TRUSTED : DOUBT_EXPLANATIONS[doubt];
