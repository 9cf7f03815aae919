import type { Accounts, LostMovement, ReservedUnits } from '../../../contracts/api/audit.ts';

type AccountDifferences = Readonly<Record<string, number>>;

/** Returns the units to add to each account of `actual`. */
export function differencesOf(expected: Accounts, actual: Accounts): AccountDifferences {
  const held = [...new Set([...Object.keys(expected.held), ...Object.keys(actual.held)])].map(
    (bucket): [string, number] => [
      `held until ${bucketToIso(Number(bucket))}`,
      (expected.held[bucket] ?? 0) - (actual.held[bucket] ?? 0),
    ],
  );
  const differences: [string, number][] = [
    ['available', expected.available - actual.available],
    ...held,
    ['committed', expected.committed - actual.committed],
  ];
  return Object.fromEntries(differences.filter(([, units]) => units !== 0));
}

/** Describes each account that differs, with its balance and the sum of its movements. */
export function describeDifferences(
  balance: Accounts,
  movements: Accounts,
  verbPhrase: string,
): string {
  const buckets = [...new Set([...Object.keys(balance.held), ...Object.keys(movements.held)])];
  const accounts: [string, number, number][] = [
    ['available', balance.available, movements.available],
    ...buckets.map((bucket): [string, number, number] => [
      `held until ${bucketToIso(Number(bucket))}`,
      balance.held[bucket] ?? 0,
      movements.held[bucket] ?? 0,
    ]),
    ['committed', balance.committed, movements.committed],
  ];
  return accounts
    .filter(([, is, should]) => is !== should)
    .map(([account, is, should]) => `${account} is ${is} and ${verbPhrase} ${should}`)
    .join(', ');
}

/** Counts the units that differ. Units that moved between two accounts count once. */
export function countMovedUnits(differences: AccountDifferences): number {
  const amounts = Object.values(differences);
  return Math.max(
    sum(amounts.filter((units) => units > 0)),
    -sum(amounts.filter((units) => units < 0)),
  );
}

export const describeMovement = ({
  kind,
  quantity,
  from,
  to,
  reservationId,
  operationId,
}: LostMovement & { operationId?: string }) =>
  `${kind} of ${quantity} from ${from.account} to ${to.account}${describeOwner(reservationId ?? operationId)}`;
const describeOwner = (id: string | undefined): string => (id === undefined ? '' : ` by ${id}`);

export const countReservedUnits = ({ held, committed }: ReservedUnits): number =>
  sum(Object.values(held)) + committed;
export const describeReservedUnits = (claim: ReservedUnits): string => {
  const held = Object.entries(claim.held).map(
    ([bucket, units]) => `${units} held until ${bucketToIso(Number(bucket))}`,
  );
  const texts = [...held, ...(claim.committed === 0 ? [] : [`${claim.committed} committed`])];
  return texts.length === 0 ? 'nothing' : texts.join(' and ');
};

export const expiredHoldsOf = (
  { held }: Accounts,
  expiredThrough: number,
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(held).filter(([bucket]) => Number(bucket) <= expiredThrough));
export const countNegativeUnits = ({ available, held, committed }: Accounts): number =>
  -sum([available, committed, ...Object.values(held)].filter((units) => units < 0));
export const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, units) => total + units, 0);
export const bucketToIso = (bucket: number): string => new Date(bucket * 1000).toISOString();
