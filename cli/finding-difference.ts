import type { FindingView } from '../lambdas/contracts/api/reconciliation.ts';
import { formatValue } from './text.ts';

/** Parts of a finding that its difference is described with. */
export type ComparedFinding = Pick<FindingView, 'kind' | 'difference'> &
  Partial<Pick<FindingView, 'expected' | 'actual'>>;
type Fields = Readonly<Record<string, unknown>>;

const HELD = /^held until (.+)$/;
const MILLISECONDS_PER_SECOND = 1_000;

/**
 * Describes the difference of a finding. Where both sides are known, it names them and the
 * correction, which a repair adds to the book: `available: book 8, expected 10, correction +2`.
 */
export function describeDifference({
  kind,
  expected,
  actual,
  difference,
}: ComparedFinding): string {
  switch (kind) {
    case 'BALANCE_DIFFERS':
      return describeAccounts(fieldsOf(expected), fieldsOf(actual), fieldsOf(difference));
    case 'COUNT_DIFFERS':
      return `book ${expected}, counted ${actual}, correction ${signed(difference)}`;
    case 'CAPTURE_MISSING':
    case 'CAPTURE_DIFFERS': {
      const { amount, currency } = fieldsOf(expected);
      const captured = fieldsOf(actual).amount ?? 0;
      const correction = signed(fieldsOf(difference).amount);
      return `captured ${captured}, expected ${amount}, correction ${correction} ${currency}`;
    }
    default:
      return formatValue(difference);
  }
}

/** Describes one account in each line. */
const describeAccounts = (expected: Fields, actual: Fields, difference: Fields): string =>
  Object.entries(difference)
    .map(([account, units]) => {
      const [book, should] = [actual, expected].map((side) => unitsOf(side, account));
      return `${account}: book ${book}, expected ${should}, correction ${signed(units)}`;
    })
    .join('\n');

/** Returns the units of `available`, `committed` or `held until <ISO 8601>`. */
function unitsOf(accounts: Fields, account: string): unknown {
  const heldUntil = HELD.exec(account)?.[1];
  if (heldUntil === undefined) return accounts[account];
  const bucket = Date.parse(heldUntil) / MILLISECONDS_PER_SECOND;
  return fieldsOf(accounts.held)[bucket] ?? 0;
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const signed = (units: unknown): string => `${Number(units) > 0 ? '+' : ''}${units}`;
