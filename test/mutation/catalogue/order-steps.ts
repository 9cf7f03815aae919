import { inOrders, type Mutant } from '../mutant.ts';

const customerSteps = inOrders('domain/customer-steps');
const sagaSteps = inOrders('domain/saga-steps');

/** Guards of who may change an order, and in which status. */
export const ORDER_STEP_MUTANTS: readonly Mutant[] = [
  inOrders('use-cases/change-order')(
    'everybody may change every order',
    'order.customerId === customerId ? decide(order)',
    'order.customerId !== undefined ? decide(order)',
  ),
  inOrders('use-cases/checkout/pay-order')(
    'everybody may have every hold extended',
    'order === undefined || order.customerId !== command.customerId',
    'order === undefined',
  ),
  customerSteps(
    'a payment that is sent twice is two attempts',
    '  const before = order.requests[operationId];\n  if (before === undefined) return undefined;',
    '  const before = order.requests[`${operationId}-none`];\n  if (before === undefined) return undefined;',
  ),
  customerSteps(
    'an order can be paid in every status',
    "  if (order.status !== 'PENDING_PAYMENT' || attempts",
    '  if (attempts',
  ),
  customerSteps(
    'an order under way can be cancelled',
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return err({ kind: 'inProgress' });",
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLED' }, command.now, reason));",
  ),
  customerSteps(
    'an unpaid order can be fulfilled',
    "  if (order.status !== 'COMPLETED') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  customerSteps(
    'an order that is not parked can be resumed',
    "  if (order.status !== 'NEEDS_ATTENTION') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  sagaSteps(
    'a step of an older attempt is taken for this one’s',
    '  payment?.attempt === attempt;',
    '  payment?.attempt === attempt || attempt > 0;',
  ),
  sagaSteps(
    'an order that is not paying can be confirmed',
    "  if (order.status !== 'PAYING') return unexpectedStatus(order);\n  return toChangedOrder(\n    applyOrderChange(\n      order,\n      { status: 'CONFIRMED'",
    "  return toChangedOrder(\n    applyOrderChange(\n      order,\n      { status: 'CONFIRMED'",
  ),
  sagaSteps(
    'a cancelled order can be completed',
    "  if (status !== 'CONFIRMED' || stockOutcome",
    '  if (stockOutcome',
  ),
  sagaSteps(
    'an order is completed though its stock was not taken',
    "status !== 'CONFIRMED' || stockOutcome?.status !== 'committed')",
    "status !== 'CONFIRMED')",
  ),
  sagaSteps(
    'a completed order is compensated',
    "      return err({ kind: 'alreadyCompleted' });",
    "      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLING' }, now, reason));",
  ),
  sagaSteps(
    'an order that is not being cancelled can be concluded',
    "  if (order.status !== 'CANCELLING') return unexpectedStatus(order);\n",
    '',
  ),
  sagaSteps(
    'a second answer of inventory replaces the first',
    '  return order.stockOutcome === undefined\n    ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now))\n    : toUnchangedOrder(order);',
    '  return order.version > 0 ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now)) : toUnchangedOrder(order);',
  ),
  inOrders('use-cases/saga/saga-steps')(
    'an answer that came before the confirmation is not passed on',
    '  if (result.ok) await reportStockOutcome(callback, result.value);\n  return toStatusResult',
    '  return toStatusResult',
  ),
  inOrders('adapters/step-functions')(
    'a saga that was started before is an error',
    'if (!(error instanceof ExecutionAlreadyExists)) throw error;',
    'throw error;',
  ),
  inOrders('adapters/dynamo-order-store')(
    'an order that exists counts as created',
    '    return existing && toOrder(existing);',
    '    return existing && undefined;',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of orders',
    'openHolds < :holds AND ',
    ':holds = :holds AND ',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of units',
    ' AND openUnits <= :left))',
    ' AND :left = :left))',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'claims that were made meanwhile are struck out',
    "          },\n          ConditionExpression: '#version = :version',",
    "          },\n          ConditionExpression: '#version = :version OR :version = :version',",
  ),
  inOrders('domain/erase-customer')(
    'a customer is taken out of an order that is on its way',
    "  if (!CLOSED_STATUSES.has(orderStatus)) return err({ kind: 'stillOpen', orderStatus });\n",
    '',
  ),
  inOrders('domain/erase-customer')(
    "another's order is erased",
    '  if (order.customerId !== customerId) return toUnchangedOrder(order);\n',
    '',
  ),
];
