import { inOrders, inShared, type Mutant } from '../mutant.ts';

const customerHoldStore = inOrders('adapters/dynamo-customer-hold-store');
const customerHolds = inOrders('domain/customer-holds');
const claimHold = inOrders('use-cases/checkout/claim-hold');
const placeOrder = inOrders('use-cases/checkout/place-order');
const payOrder = inOrders('use-cases/checkout/pay-order');
const customerSteps = inOrders('domain/customer-steps');
const eraseCustomer = inOrders('domain/erase-customer');

/** Guards of a customer's limits, of order ids and of order histories. */
export const ORDER_MUTANTS: readonly Mutant[] = [
  customerHoldStore(
    'the drop of a customer’s claim gives no units back',
    'openUnits = openUnits - #claim.#units, #version',
    'openUnits = openUnits + :one - :one, #version',
  ),
  customerHoldStore(
    'a request drops a claim that others rest on',
    "'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one'",
    "'attribute_exists(#claim.#until.#id) AND :one = :one'",
  ),
  customerHoldStore(
    'a request drops a claim that is not its own',
    "'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one'",
    "'attribute_exists(#claim) AND size(#claim.#until) = :one'",
  ),
  customerHoldStore(
    'a record that was made again has the versions of the old one',
    '#version = if_not_exists(#version, :until) + :one ADD',
    '#version = if_not_exists(#version, :one) + :one, untilSeen = :until ADD',
  ),
  customerHoldStore(
    'what may be held is forgotten though more was claimed meanwhile',
    "          ConditionExpression: '#version = :version',\n          ExpressionAttributeNames: { '#version': 'version' },\n          ExpressionAttributeValues: { ':version': version },\n        }),\n      ),\n    );\n  }\n\n  /** Removes",
    "          ConditionExpression: '#version = :version OR :version = :version',\n          ExpressionAttributeNames: { '#version': 'version' },\n          ExpressionAttributeValues: { ':version': version },\n        }),\n      ),\n    );\n  }\n\n  /** Removes",
  ),
  customerHolds(
    'an order that is paid for just now does not count',
    'function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (',
    "function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (\n    status === 'PAYING' ||",
  ),
  customerHolds(
    'a cancelled order whose units were not released does not count',
    'function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (',
    "function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (\n    status === 'CANCELLED' ||",
  ),
  customerHolds(
    'a hold that another request may have made longer counts as short',
    '  return Math.max(order === undefined ? 0 : Date.parse(order.expiresAt), ...others);',
    '  return order === undefined ? Math.max(...others) : Date.parse(order.expiresAt);',
  ),
  claimHold(
    'a request that joins a claim leaves no trace',
    '    return customers.join(current.customerId, claim);',
    '    return true;',
  ),
  placeOrder(
    'another body under the same key goes on with the order of the first',
    "  if (placement.fingerprint !== fingerprint) return err({ kind: 'keyReused' });\n",
    '',
  ),
  placeOrder(
    'each request makes an order of its own',
    '  const { orderId } = placement;',
    '  const { orderId } = command;',
  ),
  payOrder(
    'a hold is extended before the payment is judged',
    '  if (!firstDecision.ok) return firstDecision;\n  const hold = await ensureHold(ports, firstDecision.value.isChanged, order, command);',
    '  const hold = await ensureHold(ports, true, order, command);',
  ),
  inOrders('use-cases/checkout/extend-hold')(
    'units that are held again are not claimed',
    '  if (!claimed.ok) return claimed;\n',
    '  await customers.dropClaim(customerId, claim);\n',
  ),
  customerSteps(
    'an old price can be paid for ever',
    "  if (isPastPaymentWindow(order, command)) return err({ kind: 'orderExpired' });\n",
    '',
  ),
  eraseCustomer(
    'the requests of an erased order can be found by customer and key',
    '        requests: {},\n',
    '',
  ),
  eraseCustomer(
    'an erased order says by which request it was placed',
    '{ ...rest, timeline',
    '{ ...order, timeline',
  ),
  customerSteps(
    'an order remembers every resumption',
    'resumptions.slice(RESUMPTIONS_KEPT_MAX - 1)',
    'resumptions.slice(resumptions.length)',
  ),
  inShared('core/history', [['test/unit/shared/core/history', 'test/unit/orders']])(
    'a history grows without end',
    '    history.length < HISTORY_ENTRIES_MAX ||',
    '    history.length >= 0 ||',
  ),
  inOrders('domain/saga-steps')(
    'a parked order shows the payment as it was before the compensation',
    "{ status: 'NEEDS_ATTENTION', ...payment }",
    "{ status: 'NEEDS_ATTENTION', ...(payment && {}) }",
  ),
  inOrders('use-cases/saga/saga-error')(
    'a customer reads the name of an error',
    '  const sentence = ERROR_SENTENCES[error.Error] ?? OTHER_ERROR;',
    '  const sentence = ERROR_SENTENCES[error.Error] ?? error.Error;',
  ),
  inOrders('adapters/dynamo-placement-store')(
    'a repeat is given a placement of its own',
    'existing === undefined ? placement : toPlacement(existing)',
    'existing === undefined ? placement : placement',
  ),
  inOrders('adapters/dynamo-order-store')(
    'the placement of an erased order stays',
    '            { Delete: { TableName: this.#table.name, Key: placementKey(placementId) } },\n',
    '',
  ),
  eraseCustomer(
    'the words of staff stay in an erased order',
    'timeline: order.timeline.map(redactReason)',
    'timeline: order.timeline.map((entry) => redactReason(entry) && entry)',
  ),
  inOrders('adapters/order-items')(
    'orders that need no staff are in the queue',
    "  COMPLETED: 'toShip',",
    "  COMPLETED: 'toShip',\n  FULFILLED: 'toShip',",
  ),
  inOrders('use-cases/staff/erase-customer')(
    'what may be held is forgotten while it may be held',
    '  if (openHoldsOf(record.holds, claimedOrders, now).length === 0) await customers.delete(record);',
    '  if (claimedOrders.length >= 0) await customers.delete(record);',
  ),
];
