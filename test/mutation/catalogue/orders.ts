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
  inOrders('domain/order')(
    'an order loses the locations of its units',
    '    return { ...line, allocations };',
    '    return line;',
  ),
  inOrders('adapters/http-inventory-client')(
    'an order for pickup takes its units from any location',
    '{ lines: lines.map((line) => ({ ...line, from: pickupAt })), pickup: true };',
    '{ lines };',
  ),
  inOrders('domain/events')(
    'a confirmed order is published without the locations of its units',
    '      allocations: [...allocationsOf(line)],\n',
    '',
  ),
  customerHoldStore(
    'dropping a claim returns no units',
    'openUnits = openUnits - #claim.#units, #version',
    'openUnits = openUnits + :one - :one, #version',
  ),
  customerHoldStore(
    'a request drops a claim that other requests use',
    "'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one'",
    "'attribute_exists(#claim.#until.#id) AND :one = :one'",
  ),
  customerHoldStore(
    'a request drops a claim of another request',
    "'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one'",
    "'attribute_exists(#claim) AND size(#claim.#until) = :one'",
  ),
  customerHoldStore(
    'a recreated record repeats the versions of the old one',
    '#version = if_not_exists(#version, :until) + :one ADD',
    '#version = if_not_exists(#version, :one) + :one, untilSeen = :until ADD',
  ),
  customerHoldStore(
    'a claim record is deleted although more was claimed meanwhile',
    "          ConditionExpression: '#version = :version',\n          ExpressionAttributeNames: { '#version': 'version' },\n          ExpressionAttributeValues: { ':version': version },\n        }),\n      ),\n    );\n  }\n\n  /** Removes",
    "          ConditionExpression: '#version = :version OR :version = :version',\n          ExpressionAttributeNames: { '#version': 'version' },\n          ExpressionAttributeValues: { ':version': version },\n        }),\n      ),\n    );\n  }\n\n  /** Removes",
  ),
  customerHolds(
    'an order whose payment is in progress does not count as a hold',
    'function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (',
    "function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (\n    status === 'PAYING' ||",
  ),
  customerHolds(
    'a cancelled order whose units were not released does not count as a hold',
    'function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (',
    "function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {\n  return (\n    status === 'CANCELLED' ||",
  ),
  customerHolds(
    'a hold that another request may have extended ends at its first expiry',
    '  return Math.max(order === undefined ? 0 : Date.parse(order.expiresAt), ...others);',
    '  return order === undefined ? Math.max(...others) : Date.parse(order.expiresAt);',
  ),
  claimHold(
    'a request that joins a claim is not recorded',
    '    return customers.join(current.customerId, claim);',
    '    return true;',
  ),
  placeOrder(
    'another body under the same key continues the order of the first',
    "  if (placement.fingerprint !== fingerprint) return err({ kind: 'keyReused' });\n",
    '',
  ),
  placeOrder(
    'each request creates its own order',
    '  const { orderId } = placement;',
    '  const { orderId } = command;',
  ),
  payOrder(
    'a hold is extended before the payment is validated',
    '  if (!firstDecision.ok) return firstDecision;\n  const hold = await ensureHold(ports, firstDecision.value.isChanged, order, command);',
    '  const hold = await ensureHold(ports, true, order, command);',
  ),
  inOrders('use-cases/checkout/extend-hold')(
    'reserving units again claims nothing',
    '  if (!claimed.ok) return claimed;\n',
    '  await customers.dropClaim(customerId, claim);\n',
  ),
  customerSteps(
    'an old price can be paid at any time',
    "  if (isPastPaymentWindow(order, command)) return err({ kind: 'orderExpired' });\n",
    '',
  ),
  eraseCustomer(
    'the requests of an erased order can be found by customer and key',
    '        requests: {},\n',
    '',
  ),
  eraseCustomer(
    'an erased order contains the request that placed it',
    '{ ...rest, timeline',
    '{ ...order, timeline',
  ),
  customerSteps(
    'an order keeps every resumption',
    'resumptions.slice(RESUMPTIONS_KEPT_MAX - 1)',
    'resumptions.slice(resumptions.length)',
  ),
  inShared('core/history', [['test/unit/shared/core/history', 'test/unit/orders']])(
    'a history grows without a limit',
    '    history.length < HISTORY_ENTRIES_MAX ||',
    '    history.length >= 0 ||',
  ),
  inOrders('domain/saga-steps')(
    'an order that needs attention shows the payment before its compensation',
    "{ status: 'NEEDS_ATTENTION', ...payment }",
    "{ status: 'NEEDS_ATTENTION', ...(payment && {}) }",
  ),
  inOrders('use-cases/saga/saga-error')(
    'a customer sees the internal name of an error',
    '  const sentence = ERROR_SENTENCES[error.Error] ?? OTHER_ERROR;',
    '  const sentence = ERROR_SENTENCES[error.Error] ?? error.Error;',
  ),
  inOrders('adapters/dynamo-placement-store')(
    'a repeated request gets a new placement',
    'existing === undefined ? placement : toPlacement(existing)',
    'existing === undefined ? placement : placement',
  ),
  inOrders('adapters/dynamo-order-store')(
    'the placement of an erased order remains',
    '            { Delete: { TableName: this.#table.name, Key: placementKey(placementId) } },\n',
    '',
  ),
  eraseCustomer(
    'staff comments remain in an erased order',
    'timeline: order.timeline.map(redactReason)',
    'timeline: order.timeline.map((entry) => redactReason(entry) && entry)',
  ),
  inOrders('adapters/order-items')(
    'orders that need no action are listed for staff',
    "  COMPLETED: 'toShip',",
    "  COMPLETED: 'toShip',\n  FULFILLED: 'toShip',",
  ),
  inOrders('use-cases/staff/erase-customer')(
    'a claim record is deleted while holds are open',
    '  if (openHoldsOf(record.holds, claimedOrders, now).length === 0) await customers.delete(record);',
    '  if (claimedOrders.length >= 0) await customers.delete(record);',
  ),
];
