import type { FlagOrderForAttentionCommand, StepError } from '../../../contracts/order-commands.ts';
import type { ReversalResult } from '../../../contracts/payment-commands.ts';
import { OrderError, PaymentError } from '../../../contracts/saga-errors.ts';

/**
 * Returns the error code that a step threw. Lambda puts the error into Cause as JSON, with
 * taskHandler's error as its message. The stock outcome's callback puts the code there as is.
 */
export function errorCodeOf({ Cause }: StepError): string | undefined {
  if (Cause === undefined) return undefined;
  const error = parseJson(stringFieldOf(parseJson(Cause), 'errorMessage'));
  return stringFieldOf(error, 'code') ?? (/^[A-Z_]{1,64}$/.test(Cause) ? Cause : undefined);
}

/** Error of a step that waited too long. Only the wait for the stock outcome has a time limit. */
const TIMEOUT = 'States.Timeout';

/** Returns the metrics that count a compensation, by its cause. */
export const compensationMetrics = ({ Error: name }: StepError): readonly string[] =>
  name === TIMEOUT ? ['SagasCompensated', 'StockOutcomeTimeouts'] : ['SagasCompensated'];

/**
 * Sentences for the order's timeline. The execution history has each error's name, message and
 * stack.
 */
const ERROR_SENTENCES: Readonly<Record<string, string>> = {
  [OrderError.stockCommitFailed]: 'the stock could not be committed',
  [PaymentError.declined]: 'the payment was declined',
  [PaymentError.captureFailed]: 'the payment could not be captured',
  [PaymentError.refundFailed]: 'the refund failed',
  [PaymentError.outcomeUnknown]: 'the payment provider did not respond',
  [TIMEOUT]: 'a step took too long',
  RetryLaterError: 'a service did not respond',
};
const OTHER_ERROR = 'an internal error';

/** Returns the reason of a cancellation: a sentence, and the error code if there is one. */
export function cancellationReasonOf(error: StepError): string {
  const code = errorCodeOf(error);
  const sentence = ERROR_SENTENCES[error.Error] ?? OTHER_ERROR;
  return code === undefined ? sentence : `${sentence} (${code})`;
}

/** Returns the payment's status after a failed compensation: CAPTURED when its refund failed. */
export function paymentStatusOf({
  payment,
}: FlagOrderForAttentionCommand): AttentionPaymentStatus | undefined {
  if (payment?.error?.Error === PaymentError.refundFailed) return 'CAPTURED';
  return payment?.status === 'NONE' ? undefined : payment?.status;
}
type AttentionPaymentStatus = 'CAPTURED' | Exclude<ReversalResult['status'], 'NONE'>;

/** Returns the reason for attention: what could not be compensated. */
export function attentionReasonOf({ payment, stock, error }: FlagOrderForAttentionCommand): string {
  const reasons = [
    payment?.error && `the payment was not reversed: ${cancellationReasonOf(payment.error)}`,
    stock?.error && `the stock was not released: ${cancellationReasonOf(stock.error)}`,
    error && `the order could not be completed: ${cancellationReasonOf(error)}`,
  ];
  return reasons.filter((reason) => reason !== undefined).join('; ');
}

function parseJson(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function stringFieldOf(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Object.entries(value).find(([name]) => name === field)?.[1];
  return typeof found === 'string' ? found : undefined;
}
