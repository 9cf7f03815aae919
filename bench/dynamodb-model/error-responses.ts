import { type DynamoDbResponse, exceptionResponse } from './proxy/protocol.ts';

/** Message of AWS for a throttled request, so that an SDK recognizes it. */

const THROTTLED_MESSAGE =
  'Throughput exceeds the current capacity for one or more global secondary indexes or partitions of the table.';
/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-key-range-limit-exceeded-mitigation.html
 */
export const throttlingError = (kind: 'read' | 'write'): DynamoDbResponse =>
  exceptionResponse(
    'ThrottlingException',
    THROTTLED_MESSAGE,
    {
      throttlingReasons: [
        { reason: `Table${kind === 'read' ? 'Read' : 'Write'}KeyRangeThroughputExceeded` },
      ],
    },
    'com.amazon.coral.availability',
  );

export const conflictError = (): DynamoDbResponse =>
  exceptionResponse('TransactionConflictException', 'Transaction is ongoing for the item');

export const inProgressError = (): DynamoDbResponse =>
  exceptionResponse(
    'TransactionInProgressException',
    'Another transaction with the same client token is in progress',
  );

export const parameterMismatchError = (): DynamoDbResponse =>
  exceptionResponse(
    'IdempotentParameterMismatchException',
    'The client token was used for another request before: its parameters are not the same',
  );

const MESSAGES = {
  ThrottlingError: THROTTLED_MESSAGE,
  TransactionConflict: 'Transaction is ongoing for the item',
} as const;

/** Returns the error of a cancelled transaction: one reason for each action, in their order. */
export function cancelledTransaction(
  actions: number,
  places: readonly number[],
  code: keyof typeof MESSAGES,
): DynamoDbResponse {
  const reasons = Array.from({ length: actions }, (_, index) =>
    places.includes(index) ? { Code: code, Message: MESSAGES[code] } : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return exceptionResponse(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}
