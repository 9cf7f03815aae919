/** Whether a message that could not be handled should be handled now: pure, from what became of its order. */
export type Assessment = {
  readonly verdict: 'useful' | 'harmless' | 'superseded';
  /** What has happened since. */
  readonly currentState: string;
  readonly advice: string;
};

/** Undefined for what there is no record of. */
export type OrderState = {
  readonly order: string | undefined;
  readonly reservation: string | undefined;
};

/** Status of an order or a reservation whose record is there and cannot be read. */
export const UNREADABLE = 'UNREADABLE';

const REDRIVE_ADVICE = 'Redrive it, once the cause is mended.';
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

/** What has a sku's units spread over its cells, whoever moved them; it looks at them as they are then. */
const REBALANCING_EVENTS: ReadonlySet<string> = new Set([
  'StockShardsChanged',
  'StockConsolidationRequested',
  'StockReceived',
  'StockReturned',
]);

/** Of an event, by what it is to make its consumer do. */
export function assessEvent(
  type: string,
  orderId: string | undefined,
  state: OrderState,
): Assessment {
  if (REBALANCING_EVENTS.has(type))
    return useful('The units of the sku may lie in too few of its cells; sales go on.');
  if (orderId === undefined)
    return harmless('It names no order: a reservation that no order made concerns no saga.');
  const { order, reservation } = state;
  if (order === undefined) return superseded(`There is no order ${orderId}.`);
  if (order === UNREADABLE || reservation === UNREADABLE)
    return useful(
      `The record of the ${order === UNREADABLE ? 'order' : 'reservation'} ${orderId} cannot be read, so nothing is known of it.`,
      'Mend the record first (docs/runbook/RECORD_UNREADABLE.md), then redrive it.',
    );
  const statusText = `Order ${orderId} is ${order}, its reservation ${reservation ?? 'is not there'}.`;
  switch (type) {
    case 'OrderConfirmed':
      return assessOrderConfirmed(statusText, order, reservation);
    case 'OrderFulfilled':
      if (reservation === 'FULFILLED')
        return harmless(`${statusText} Its units have left the book.`);
      return order === 'FULFILLED'
        ? useful(`${statusText} Its units are still in the book.`)
        : superseded(`${statusText} Nothing is to be shipped.`);
    case 'StockCommitted':
    case 'StockCommitFailed':
      return order === 'CONFIRMED'
        ? useful(`${statusText} Its saga may still wait for this answer.`)
        : harmless(`${statusText} Its saga waits for no answer any more.`);
    case 'PaymentCaptured':
      return order === 'CONFIRMED'
        ? useful(`${statusText} It was paid, and is not completed.`)
        : harmless(`${statusText} It is not to be completed any more.`);
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
    return harmless(`${statusText} Its units are taken.`);
  switch (order) {
    case 'CONFIRMED':
      return useful(`${statusText} Its units are not taken, and its saga waits for that.`);
    case 'COMPLETED':
    case 'FULFILLED':
      return useful(`${statusText} It was paid, and its units are not taken.`);
    case 'NEEDS_ATTENTION':
      return superseded(
        `${statusText} It waits for a person.`,
        `${DISCARD_ADVICE} POST /orders/{orderId}/resumption cancels the order and gives the money back.`,
      );
    default:
      return superseded(`${statusText} No units are to be taken for it.`);
  }
}

/** A stream keeps its records for so long; an hour less leaves time to read them. */
const STREAM_RETENTION_SECONDS = 24 * 60 * 60;
const STREAM_MARGIN_SECONDS = 60 * 60;

/** Of changes of a table, by the age of the oldest. */
export const assessStreamRange = (ageSeconds: number): Assessment =>
  ageSeconds < STREAM_RETENTION_SECONDS - STREAM_MARGIN_SECONDS
    ? useful(
        'The stream still has them.',
        'Redrive them within 24 hours, once the cause is mended.',
      )
    : superseded(
        'The stream has kept them for 24 hours, and no longer.',
        'Discard it, after `npm run stockbook -- reconcile --full`: what the lost events left undone is a finding.',
      );

/** One change that no retry could handle: the message has the change itself. */
export const assessStreamRecord = (): Assessment =>
  useful(
    'Its consumer cannot handle it, and went on with the changes behind it. Its events were not published.',
    'Mend its record in the table (docs/runbook/RECORD_UNREADABLE.md), or deploy a version that can handle it; then redrive it.',
  );

/** A part of a reconciliation, which is given up after so long. */
export const assessWork = (ageSeconds: number, runSecondsMax: number): Assessment =>
  ageSeconds < runSecondsMax
    ? useful('Its reconciliation may still go on.')
    : superseded(
        'Its reconciliation is over or was given up; a later one looks at everything again.',
      );

export const assessScheduledRun = (): Assessment =>
  harmless(
    'The schedule goes on; a later run does the same.',
    'Redrive it to have the run now, or discard it.',
  );

export const assessNotification = (): Assessment =>
  superseded(
    'The finding itself is kept: GET /findings lists it, and an alarm tells of open ones.',
  );

/** Only the key opens it, and only a program with the AWS Encryption SDK: no route sends it again. */
export const assessEncryptedEvent = (): Assessment =>
  useful(
    'Its event did not reach any consumer.',
    'Make the KMS key usable again, then run npm run stockbook -- reconcile --full: what the event did not change is a finding. Then discard it.',
  );

/** What nobody could read would come back. */
export const assessUnreadable = (): Assessment =>
  harmless(
    'It tells of nothing that could be looked up.',
    'Mend what sends it or what reads it, then redrive it by its id; or discard it.',
  );
