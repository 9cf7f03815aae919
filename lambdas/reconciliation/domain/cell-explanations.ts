import type { CellDisagreement } from '../../contracts/audit-api.ts';

/** Why movements are missing, and who has them. */
export function explainMissingMovements(
  cellName: string,
  movements: string,
  { isCertain, isRestorable }: { readonly isCertain: boolean; readonly isRestorable: boolean },
): string {
  if (isCertain)
    return `Movements of ${cellName} are missing: ${movements}. Their markers and the balance have them, so it is the movements that were lost.`;
  const disagreement = `A marker says that ${movements} in ${cellName}, but the movements do not`;
  return isRestorable
    ? `${disagreement}, and the balance was changed by something else, so that it does not tell. Check that the goods moved before you approve.`
    : `${disagreement}, and neither does the balance.`;
}

const MOVEMENTS_TRUSTED =
  "Every marker agrees with the movements, so the balance was changed by something else than Stockbook's commands.";
const DOUBT_EXPLANATIONS: Readonly<Record<Doubt, string>> = {
  RECORD_CONFLICT:
    'The movements cannot be trusted either, because another finding says that a marker of this cell disagrees with them or is missing. Repair that one first; the next reconciliation then looks at the balance again.',
  OPERATION_RECORD_MISSING:
    'The mark of a receipt, adjustment or repair of this cell is missing. Check that its movement is real before you approve.',
  NEGATIVE_SUM:
    'The movements add up to less than nothing, so they cannot be right either. Only a person can tell which is right.',
  OPEN_HOLD:
    'Units are held in a slot that still runs, and no movement says so: they may be those of a hold whose record and movement are both lost. When the slot has expired, the next reconciliation proposes the repair.',
  UNREADABLE_RECORD:
    'A marker of this cell cannot be read, and may say otherwise. Mend that record first (RECORD_UNREADABLE); the next reconciliation then looks at the balance again.',
};
type Doubt = NonNullable<(CellDisagreement & { kind: 'BALANCE_DIFFERS' })['doubt']>;

/** What makes a balance that differs wrong, or keeps one from saying so. */
export const explainBalanceDoubt = (doubt: Doubt | undefined): string =>
  doubt === undefined ? MOVEMENTS_TRUSTED : DOUBT_EXPLANATIONS[doubt];
