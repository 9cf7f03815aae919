import { inTemplates, type Mutant } from '../mutant.ts';

const orderSaga = inTemplates('constructs/saga/order-saga');
const sagaStepStates = inTemplates('constructs/saga/saga-steps');
const eventSubscription = inTemplates('constructs/messaging/event-subscription');

/** Guards in the templates of the order saga and of event delivery. */
export const TEMPLATE_MUTANTS: readonly Mutant[] = [
  sagaStepStates(
    'a failed refund skips the release',
    '  return task.addCatch(failed, CATCH_ALL);',
    "  return failed.id === '' ? task.addCatch(failed, CATCH_ALL) : task;",
  ),
  orderSaga(
    'an unexpected error in the confirmation is not compensated',
    '    Errors.TIMEOUT,\n  ).addCatch(cancel, CATCH_ALL);',
    '    Errors.TIMEOUT,\n  );',
  ),
  orderSaga(
    'an unexpected error in the capture is not compensated',
    '  addRetries(capture, PaymentError.captureFailed).addCatch(cancel, CATCH_ALL);',
    '  addRetries(capture, PaymentError.captureFailed);',
  ),
  orderSaga(
    'an order without a stock outcome waits forever',
    '    taskTimeout: Timeout.duration(STOCK_OUTCOME_TIMEOUT),\n',
    '',
  ),
  eventSubscription(
    'a message that always fails is lost',
    '      deadLetterQueue: { queue: failed, maxReceiveCount: RECEIVES_MAX },\n',
    '',
  ),
  eventSubscription(
    'an event that the bus cannot deliver is lost',
    'targets: [new SqsQueue(queue, { deadLetterQueue: undelivered })],',
    'targets: [new SqsQueue(queue)],',
  ),
  eventSubscription(
    'one bad message fails its whole batch',
    '        reportBatchItemFailures: true,\n        // The limit',
    '        // The limit',
  ),
  inTemplates('constructs/messaging/stream-consumer')(
    'a change that cannot be published is lost',
    '        onFailure: new SqsDlq(failed),\n',
    '',
  ),
];
