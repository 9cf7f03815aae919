/**
 * Error names of the saga's steps. Handlers throw an error by its name, and the state machine's
 * Retry and Catch match the same name.
 */
export const OrderError = {
  notFound: 'OrderNotFound',
  unexpectedStatus: 'OrderUnexpectedStatus',
  alreadyCompleted: 'OrderAlreadyCompleted',
  needsAttention: 'OrderNeedsAttention',
  stockCommitFailed: 'StockCommitFailed',
  stockAlreadyFulfilled: 'StockAlreadyFulfilled',
} as const;

export const PaymentError = {
  declined: 'PaymentDeclined',
  requiresAction: 'PaymentRequiresAction',
  captureFailed: 'PaymentCaptureFailed',
  refundFailed: 'PaymentRefundFailed',
  outcomeUnknown: 'PaymentOutcomeUnknown',
} as const;
