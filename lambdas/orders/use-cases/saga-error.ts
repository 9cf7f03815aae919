import type { FlagOrderForAttentionCommand, StepError } from '../../contracts/order-commands.ts';
import type { ReversalResult } from '../../contracts/payment-commands.ts';
import { OrderError, PaymentError } from '../../contracts/saga-errors.ts';

/**
 * The code of the refusal that a step threw. Lambda puts the error into Cause as JSON, and taskHandler the refusal into its
 * message; the callback of the stock's answer puts the code there as it is.
 */
export function errorCodeOf({ Cause }: StepError): string | undefined {
  if (Cause === undefined) return undefined;
  const error = parseJson(stringFieldOf(parseJson(Cause), 'errorMessage'));
  return stringFieldOf(error, 'code') ?? (/^[A-Z_]{1,64}$/.test(Cause) ? Cause : undefined);
}

/** Error of a step that waits too long. Only the wait for the stock outcome has a time limit. */
const TIMEOUT = 'States.Timeout';

/** Returns the metrics that count a compensation by its cause. */
export const compensationMetrics = ({ Error: name }: StepError): readonly string[] =>
  name === TIMEOUT ? ['SagasCompensated', 'StockOutcomeTimeouts'] : ['SagasCompensated'];

/** What people read of an error. The execution's history has its name, message and stack. */
const ERROR_SENTENCES: Readonly<Record<string, string>> = {
  [OrderError.stockCommitFailed]: 'the stock could not be taken',
  [PaymentError.declined]: 'the payment was declined',
  [PaymentError.captureFailed]: 'the payment could not be captured',
  [PaymentError.refundFailed]: 'the refund failed',
  [PaymentError.outcomeUnknown]: 'the payment provider did not answer',
  [TIMEOUT]: 'a step took too long',
  RetryLaterError: 'a service did not answer',
};
const OTHER_ERROR = 'an internal error';

/** Why the order is cancelled: a sentence, and the code where there is one. */
export function cancellationReasonOf(error: StepError): string {
  const code = errorCodeOf(error);
  const sentence = ERROR_SENTENCES[error.Error] ?? OTHER_ERROR;
  return code === undefined ? sentence : `${sentence} (${code})`;
}

/** What is known of the payment: what was given back, or that a capture stands, whose refund failed. */
export function paymentStatusOf({
  payment,
}: FlagOrderForAttentionCommand): AttentionPaymentStatus | undefined {
  if (payment?.error?.Error === PaymentError.refundFailed) return 'CAPTURED';
  return payment?.status === 'NONE' ? undefined : payment?.status;
}
type AttentionPaymentStatus = 'CAPTURED' | Exclude<ReversalResult['status'], 'NONE'>;

/** What could not be undone. */
export function attentionReasonOf({ payment, stock, error }: FlagOrderForAttentionCommand): string {
  const reasons = [
    payment?.error && `the money was not given back: ${cancellationReasonOf(payment.error)}`,
    stock?.error && `the stock was not released: ${cancellationReasonOf(stock.error)}`,
    error && `the order could not be finished: ${cancellationReasonOf(error)}`,
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
