import { type Mutant, ofOrders, ofShared } from '../mutant.ts';

const claims = ofOrders('adapters/dynamo-customer-hold-store');
const limits = ofOrders('domain/customer-holds');
const claiming = ofOrders('use-cases/claim-hold');
const placing = ofOrders('use-cases/place-order');
const paying = ofOrders('use-cases/pay-order');
const customer = ofOrders('domain/customer-steps');
const erasing = ofOrders('domain/erase-customer');

/** What the limits of a customer, the ids of orders and their histories rest on. */
export const OF_ORDERS: readonly Mutant[] = [
  claims(
    'the drop of a customer’s claim gives no units back',
    'openUnits = openUnits - #claim.#units, #version',
    'openUnits = openUnits + :one - :one, #version',
  ),
  claims(
    'a request drops a claim that others rest on',
    "'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one'",
    "'attribute_exists(#claim.#until.#id) AND :one = :one'",
  ),
  claims(
    'a request drops a claim that is not its own',
    "'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one'",
    "'attribute_exists(#claim) AND size(#claim.#until) = :one'",
  ),
  claims(
    'a record that was made again has the versions of the old one',
    '#version = if_not_exists(#version, :until) + :one ADD',
    '#version = if_not_exists(#version, :one) + :one, untilSeen = :until ADD',
  ),
  claims(
    'what may be held is forgotten though more was claimed meanwhile',
    "          ConditionExpression: '#version = :version',\n          ExpressionAttributeNames: { '#version': 'version' },\n          ExpressionAttributeValues: { ':version': version },\n        }),\n      ),\n    );\n  }\n\n  /** Removes",
    "          ConditionExpression: '#version = :version OR :version = :version',\n          ExpressionAttributeNames: { '#version': 'version' },\n          ExpressionAttributeValues: { ':version': version },\n        }),\n      ),\n    );\n  }\n\n  /** Removes",
  ),
  limits(
    'an order that is paid for just now does not count',
    'function isSettled({ status, stockAnswer, isReleased }: Order): boolean {\n  return (',
    "function isSettled({ status, stockAnswer, isReleased }: Order): boolean {\n  return (\n    status === 'PAYING' ||",
  ),
  limits(
    'a cancelled order whose units were not released does not count',
    'function isSettled({ status, stockAnswer, isReleased }: Order): boolean {\n  return (',
    "function isSettled({ status, stockAnswer, isReleased }: Order): boolean {\n  return (\n    status === 'CANCELLED' ||",
  ),
  limits(
    'a hold that another request may have made longer counts as short',
    '  return Math.max(order === undefined ? 0 : Date.parse(order.expiresAt), ...others);',
    '  return order === undefined ? Math.max(...others) : Date.parse(order.expiresAt);',
  ),
  claiming(
    'a request that joins a claim leaves no trace',
    '      else if (await customers.join(customerId, claim)) return accepted(claim);',
    '      else return accepted(claim);',
  ),
  placing(
    'another body under the same key goes on with the order of the first',
    "  if (placement.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });\n",
    '',
  ),
  placing(
    'each request makes an order of its own',
    '  const { orderId } = placement;',
    '  const { orderId } = command;',
  ),
  paying(
    'a hold is extended before the payment is judged',
    '  if (!judged.ok) return judged;\n  const held = await lastingHold(ports, judged.value.isChanged, order, command);',
    '  const held = await lastingHold(ports, true, order, command);',
  ),
  ofOrders('use-cases/extend-hold')(
    'units that are held again are not claimed',
    '  if (!claimed.ok) return claimed;\n',
    '  await customers.drop(customerId, claim);\n',
  ),
  customer(
    'an old price can be paid for ever',
    "  if (isTooOld(order, command)) return refused({ kind: 'orderExpired' });\n",
    '',
  ),
  erasing(
    'the requests of an erased order can be found by customer and key',
    '        requests: {},\n',
    '',
  ),
  erasing(
    'an erased order says by which request it was placed',
    '{ ...kept, timeline',
    '{ ...order, timeline',
  ),
  customer(
    'an order remembers every resumption',
    'rounds.slice(ROUNDS_REMEMBERED_MAX - 1)',
    'rounds.slice(rounds.length)',
  ),
  ofShared('core/history', [['test/unit/shared/core/history', 'test/unit/orders']])(
    'a history grows without end',
    '    history.length < HISTORY_ENTRIES_MAX ||',
    '    history.length >= 0 ||',
  ),
  ofOrders('domain/saga-steps')(
    'a parked order shows the payment as it was before the compensation',
    "{ status: 'NEEDS_ATTENTION', ...payment }",
    "{ status: 'NEEDS_ATTENTION', ...(payment && {}) }",
  ),
  ofOrders('use-cases/saga-error')(
    'a customer reads the name of an error',
    '  const sentence = SENTENCES[error.Error] ?? OTHER_ERROR;',
    '  const sentence = SENTENCES[error.Error] ?? error.Error;',
  ),
  ofOrders('adapters/dynamo-placement-store')(
    'a placement is written over an earlier one',
    "          ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  ofOrders('adapters/dynamo-order-store')(
    'the placement of an erased order stays',
    '            { Delete: { TableName: this.#tableName, Key: placementKey(placementId) } },\n',
    '',
  ),
  erasing(
    'the words of staff stay in an erased order',
    'timeline: order.timeline.map(withoutWords)',
    'timeline: order.timeline.map((entry) => withoutWords(entry) && entry)',
  ),
  ofOrders('adapters/order-items')(
    'orders that need no staff are in the queue',
    "  COMPLETED: 'toShip',",
    "  COMPLETED: 'toShip',\n  FULFILLED: 'toShip',",
  ),
  ofOrders('use-cases/erase-customer')(
    'what may be held is forgotten while it may be held',
    '  if (stillHeld(record.holds, found, now).length === 0) await customers.forget(record);',
    '  if (found.length >= 0) await customers.forget(record);',
  ),
];
