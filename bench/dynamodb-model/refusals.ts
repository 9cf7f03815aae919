import { type Answer, exception } from './proxy/wire.ts';

/** What AWS says of a request that it refuses, so that an SDK takes it for that. */

const THROTTLED =
  'Throughput exceeds the current capacity for one or more global secondary indexes or partitions of the table.';
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-key-range-limit-exceeded-mitigation.html */
export const throttled = (kind: 'read' | 'write'): Answer =>
  exception(
    'ThrottlingException',
    THROTTLED,
    {
      throttlingReasons: [
        { reason: `Table${kind === 'read' ? 'Read' : 'Write'}KeyRangeThroughputExceeded` },
      ],
    },
    'com.amazon.coral.availability',
  );

export const conflicting = (): Answer =>
  exception('TransactionConflictException', 'Transaction is ongoing for the item');

export const inProgress = (): Answer =>
  exception(
    'TransactionInProgressException',
    'Another transaction with the same client token is in progress',
  );

export const otherRequest = (): Answer =>
  exception(
    'IdempotentParameterMismatchException',
    'The client token was used for another request before: its parameters are not the same',
  );

const MESSAGES = {
  ThrottlingError: THROTTLED,
  TransactionConflict: 'Transaction is ongoing for the item',
} as const;

/** A cancelled transaction of so many actions: a reason for each, in their order. */
export function cancelled(
  actions: number,
  places: readonly number[],
  code: keyof typeof MESSAGES,
): Answer {
  const reasons = Array.from({ length: actions }, (_, place) =>
    places.includes(place) ? { Code: code, Message: MESSAGES[code] } : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return exception(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}
