/** Assessment of a redrive of a message, by the current state of its order or stream. */
export type Assessment = {
  readonly verdict: 'useful' | 'harmless' | 'superseded';
  /** Description of the current state. */
  readonly currentState: string;
  readonly advice: string;
};

/** Statuses of an order and its reservation, undefined without a record. */
export type OrderState = {
  readonly order: string | undefined;
  readonly reservation: string | undefined;
};

/** Status of an order or reservation whose stored record cannot be read. */
export const UNREADABLE = 'UNREADABLE';

const REDRIVE_ADVICE = 'Fix the cause, then redrive it.';
const DISCARD_ADVICE = 'Discard it.';
const NO_EFFECT_ADVICE = 'Redriving it changes nothing and empties the queue.';

const useful = (currentState: string, advice = REDRIVE_ADVICE): Assessment => ({
  verdict: 'useful',
  currentState,
  advice,
});
const harmless = (currentState: string, advice = NO_EFFECT_ADVICE): Assessment => ({
  verdict: 'harmless',
  currentState,
  advice,
});
const superseded = (currentState: string, advice = DISCARD_ADVICE): Assessment => ({
  verdict: 'superseded',
  currentState,
  advice,
});

/** Events that rebalance the units of a SKU. Their consumer reads the current balances. */
const REBALANCING_EVENTS: ReadonlySet<string> = new Set([
  'StockShardsChanged',
  'StockConsolidationRequested',
  'StockReceived',
  'StockReturned',
]);

/** Assesses an event by the effect that it has on its consumer. */
export function assessEvent(
  type: string,
  orderId: string | undefined,
  state: OrderState,
): Assessment {
  if (REBALANCING_EVENTS.has(type))
    return useful('The units of the SKU may be in too few of its cells. Sales continue.');
  if (orderId === undefined) return harmless('It names no order, so no saga waits for it.');
  const { order, reservation } = state;
  if (order === undefined) return superseded(`Order ${orderId} does not exist.`);
  if (order === UNREADABLE || reservation === UNREADABLE)
    return useful(
      `The record of the ${order === UNREADABLE ? 'order' : 'reservation'} ${orderId} cannot be read, so its status is unknown.`,
      'Repair the record first (docs/runbook/RECORD_UNREADABLE.md), then redrive it.',
    );
  const statusText = `Order ${orderId} is ${order}, its reservation ${reservation ?? 'does not exist'}.`;
  switch (type) {
    case 'OrderConfirmed':
      return assessOrderConfirmed(statusText, order, reservation);
    case 'OrderFulfilled':
      if (reservation === 'FULFILLED')
        return harmless(`${statusText} Its units have left the book.`);
      return order === 'FULFILLED'
        ? useful(`${statusText} Its units are still in the book.`)
        : superseded(`${statusText} It is not to be shipped.`);
    case 'StockCommitted':
    case 'StockCommitFailed':
      return order === 'CONFIRMED'
        ? useful(`${statusText} Its saga may still wait for this outcome.`)
        : harmless(`${statusText} Its saga no longer waits for an outcome.`);
    case 'PaymentCaptured':
      return order === 'CONFIRMED'
        ? useful(`${statusText} It is paid and not completed.`)
        : harmless(`${statusText} It no longer waits for completion.`);
    default:
      return assessUnreadable();
  }
}

function assessOrderConfirmed(
  statusText: string,
  order: string,
  reservation: string | undefined,
): Assessment {
  if (reservation === 'COMMITTED' || reservation === 'FULFILLED')
    return harmless(`${statusText} Its units are committed.`);
  switch (order) {
    case 'CONFIRMED':
      return useful(`${statusText} Its units are not committed, and its saga waits for that.`);
    case 'COMPLETED':
    case 'FULFILLED':
      return useful(`${statusText} It is paid, and its units are not committed.`);
    case 'NEEDS_ATTENTION':
      return superseded(
        `${statusText} It needs attention.`,
        `${DISCARD_ADVICE} POST /orders/{orderId}/resumption cancels the order and refunds the money.`,
      );
    default:
      return superseded(`${statusText} No units are to be committed for it.`);
  }
}

/** Retention of a stream. The margin leaves time to read the records. */
const STREAM_RETENTION_SECONDS = 24 * 60 * 60;
const STREAM_MARGIN_SECONDS = 60 * 60;

/** Assesses a range of stream records by the age of the oldest. */
export const assessStreamRange = (ageSeconds: number): Assessment =>
  ageSeconds < STREAM_RETENTION_SECONDS - STREAM_MARGIN_SECONDS
    ? useful(
        'The stream still has these changes.',
        'Fix the cause, then redrive the changes within 24 hours.',
      )
    : superseded(
        'The stream no longer has these changes: it keeps them for 24 hours.',
        'Run `npm run stockbook -- reconcile --full`, which reports the missing effects as findings. Then discard it.',
      );

/** Assesses one rejected change, whose message includes the change. */
export const assessStreamRecord = (): Assessment =>
  useful(
    'Its consumer rejected it and continued with later changes. Its events were not published.',
    'Repair its record in the table (docs/runbook/RECORD_UNREADABLE.md) or deploy a version that can handle it. Then redrive it.',
  );

/** Assesses a work message of a reconciliation by its age. */
export const assessWork = (ageSeconds: number, runSecondsMax: number): Assessment =>
  ageSeconds < runSecondsMax
    ? useful('Its reconciliation may still run.')
    : superseded('Its reconciliation has ended. A later one checks everything again.');

export const assessScheduledRun = (): Assessment =>
  harmless(
    'The schedule continues, and a later run does the same.',
    'Redrive it to run now, or discard it.',
  );

export const assessNotification = (): Assessment =>
  superseded(
    'The finding itself is stored: GET /findings lists it, and an alarm reports open findings.',
  );

/**
 * Assesses an encrypted event. Only a program with the key and the AWS Encryption SDK can decrypt
 * it.
 */
export const assessEncryptedEvent = (): Assessment =>
  useful(
    'Its event reached no consumer.',
    'Make the KMS key usable again. Run `npm run stockbook -- reconcile --full`, which reports the missing effects as findings. Then discard it.',
  );

/** Assesses an unreadable message. A redrive would fail again. */
export const assessUnreadable = (): Assessment =>
  harmless(
    'It names no record that could be read.',
    'Fix its sender or its consumer, then redrive it by its id. Or discard it.',
  );
